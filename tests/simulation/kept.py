"""Seeds that once failed, with what they found."""

KEPT = {
    9: "a holder's claim on its new sponsor, carried by the one claimed before, stopped every node",
}
