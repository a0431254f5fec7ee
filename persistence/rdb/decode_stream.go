package rdb

import "solokv/keyspace/value"

// A stream in a file:
//
//	nodes (master ID:string listpack:string) ...  entries  last ID
//	first ID  greatest deleted ID  entries ever added             from version 2 on
//	groups (name  last ID  entries read (from 2)
//	        pending (ID:16 time:8 deliveries) ...
//	        consumers (name  seen:8  active:8 (from 3)  pending (ID:16) ...) ...) ...
//
// The nodes' listpacks are checked by the package stream when they are added.

const (
	// ReadUnknown is the number of entries that a group has read when nobody knows.
	ReadUnknown = -1
	// ReadUntold is that of files that do not tell it; it may follow from the stream's own numbers.
	ReadUntold = -2
)

func (d *decoder) stream(kind byte) {
	nodes := d.count(2 + idBytes)
	d.piece.Kind, d.piece.N = value.Stream, d.hint(nodes)
	d.emit(OpBegin)
	for ; nodes > 0 && d.err == nil; nodes-- {
		master := d.text(&d.first)
		if len(master) != idBytes {
			d.fail("a node of a stream whose ID has %d bytes", len(master))
			return
		}
		d.piece.ID = idOf(master)
		d.piece.A = d.text(&d.third)
		d.emit(OpNode)
	}
	d.streamCounts(kind)
	for groups := d.count(5); groups > 0 && d.err == nil; groups-- {
		d.streamGroup(kind)
	}
	d.emit(OpFinish)
}

func (d *decoder) streamCounts(kind byte) {
	p := &d.piece
	p.M = int64(d.length())
	p.ID = d.textID()
	p.First, p.MaxDeleted, p.N = ID{}, ID{}, p.M
	if kind != typeStream1 {
		p.First = d.textID()
		p.MaxDeleted = d.textID()
		p.N = int64(d.length())
	}
	d.emit(OpStream)
}

func (d *decoder) streamGroup(kind byte) {
	p := &d.piece
	p.A = d.keep(&d.first)
	p.ID = d.textID()
	p.N = ReadUntold
	if kind != typeStream1 {
		p.N = max(int64(d.length()), ReadUnknown)
	}
	d.emit(OpGroup)
	for n := d.count(idBytes + 9); n > 0 && d.err == nil; n-- {
		p.ID = d.rawID()
		p.N = int64(d.uint64LE())
		p.M = max(int64(d.length()), 0)
		d.emit(OpPending)
	}
	for n := d.count(1 + 9); n > 0 && d.err == nil; n-- {
		d.streamConsumer(kind)
	}
}

func (d *decoder) streamConsumer(kind byte) {
	p := &d.piece
	p.A = d.keep(&d.first)
	p.N = int64(d.uint64LE())
	p.M = p.N // before version 3 nobody knew better
	if kind == typeStream3 {
		p.M = max(int64(d.uint64LE()), -1)
	}
	d.emit(OpConsumer)
	for n := d.count(idBytes); n > 0 && d.err == nil; n-- {
		p.ID = d.rawID()
		d.emit(OpOwned)
	}
}
