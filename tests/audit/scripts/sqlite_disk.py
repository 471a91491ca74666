"""A database on disk: tables, transactions, a write-ahead log, a backup."""
import sqlite3

with sqlite3.connect("a.db") as database:
    database.execute("pragma journal_mode=wal")
    database.execute("create table t (a integer primary key, b text)")
    database.executemany("insert into t (b) values (?)", [("x" * 100,)] * 1000)
    database.commit()
    assert database.execute("select count(*) from t").fetchone() == (1000,)
    with sqlite3.connect("b.db") as backup:
        database.backup(backup)
database.close()
backup.close()
other = sqlite3.connect("b.db", isolation_level=None)
other.execute("pragma journal_mode=delete")
other.execute("begin immediate")
other.execute("delete from t where a > 10")
other.execute("commit")
other.execute("vacuum")
other.close()
