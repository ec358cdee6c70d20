"""Units sold or pledged for money now (融资): asked for, quoted under seal, awarded, registered, paid, completed, disputed."""
