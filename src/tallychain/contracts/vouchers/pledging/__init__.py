"""A holding that secures a debt of its holder: pledged, released, claimed at maturity, contested."""
