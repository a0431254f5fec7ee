package keyspace

import "solokv/keyspace/dict"

// hashKey is the hash under which a key is filed.
func hashKey(key []byte) uint64 { return dict.Hash(key) }

// DB is one of the numbered databases.
type DB struct {
	id       int
	table    *dict.Table
	times    timetable
	volatile int // keys with an expiry
}

// ID is the database's number.
func (db *DB) ID() int { return db.id }

// Len is the number of keys, those included that have expired unnoticed.
func (db *DB) Len() int { return db.table.Len() }

// Volatile is the number of keys with an expiry.
func (db *DB) Volatile() int { return db.volatile }

// Table is the table of the keys, for commands that walk it.
func (db *DB) Table() *dict.Table { return db.table }
