package rdb

import (
	"errors"

	"solokv/keyspace/value"
)

// ErrCorrupt is what all errors of bad bytes wrap.
var ErrCorrupt = errors.New("bad data format")

// Versions of the format.
const (
	VersionMin = 1
	// VersionMax is the newest that is read and written: hash fields that expire (Redis 7.4).
	VersionMax = 12
	// VersionBase is written where nothing needs more; Redis 7.0 loads it.
	VersionBase = 10
	// VersionActive has the active times of a stream's consumers (Redis 7.2).
	VersionActive = 11
	// VersionFields has hash fields that expire.
	VersionFields = 12
)

// Opcodes, between keys.
const (
	opSlotInfo   = 244
	opFunction2  = 245
	opFunction1  = 246
	opModuleAux  = 247
	opIdle       = 248
	opFreq       = 249
	opAux        = 250
	opResizeDB   = 251
	opExpireMs   = 252
	opExpireSecs = 253
	opSelectDB   = 254
	opEOF        = 255
)

// Types of values.
const (
	typeString       = 0
	typeList         = 1
	typeSet          = 2
	typeZSet         = 3
	typeHash         = 4
	typeZSet2        = 5
	typeModule1      = 6
	typeModule2      = 7
	typeHashZipmap   = 9
	typeListZiplist  = 10
	typeSetIntset    = 11
	typeZSetZiplist  = 12
	typeHashZiplist  = 13
	typeQuicklist    = 14
	typeStream1      = 15
	typeHashListpack = 16
	typeZSetListpack = 17
	typeQuicklist2   = 18
	typeStream2      = 19
	typeSetListpack  = 20
	typeStream3      = 21
	typeHashFieldsRC = 22 // of Redis 7.4's release candidates: times are absolute
	typeHashPackedRC = 23
	typeHashFields   = 24 // times are relative to the earliest, which stands first
	typeHashPacked   = 25
)

// Value is a value in memory, as a snapshot or the engine has it.
type Value struct {
	Kind  value.Kind
	Bytes []byte           // the strings and the packed kinds, as they are in the entry
	Whole value.Collection // the kinds that are collections
}

// Access is what a file may say of a key's last use. At most one of them is there.
type Access struct {
	IdleSeconds int64 // -1: not given
	Freq        int   // 0 to 255; -1: not given
}

// NoAccess says nothing.
var NoAccess = Access{IdleSeconds: -1, Freq: -1}

// Entry is a key with its value.
type Entry struct {
	Key        []byte
	Value      Value
	ExpireAtMs int64 // Unix time; -1: never
	Access     Access
}
