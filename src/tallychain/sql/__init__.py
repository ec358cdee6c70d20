"""The two SQL databases that tables may lie in, SQLite and PostgreSQL, behind one thin connection.

Nothing outside this folder imports a database's driver.
"""
