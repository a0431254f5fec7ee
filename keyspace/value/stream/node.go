package stream

import (
	"encoding/binary"

	"solokv/keyspace/arena"
	"solokv/keyspace/value/listpack"
)

// A node is a block with a listpack of a hundred entries or so, the same one as in
// RDB files. It has the ID of its first entry, its master ID, in the tree of nodes.
//
//	block     | epoch 4 | length 4 | listpack | room to grow in, the last node |
//	listpack  live deleted n field ... field 0    entry entry entry ...
//	             the master: how many entries,
//	             and the fields of the first one
//	entry     flags ms seq value ... value length                    SAMEFIELDS
//	          flags ms seq n field value ... field value length
//
// Each word is an element. ms and seq are relative to the master ID. An entry whose
// fields are those of the master has its values only. length is the number of the
// elements before it: by it a walk goes backwards, to the master's 0. A deleted
// entry gets a flag; when all are deleted the node goes.
//
// Entries are found by a walk through the node: some hundred elements at most,
// about a microsecond.
const (
	nodeHeader = 8

	flagDeleted    = 1
	flagSameFields = 2

	// elementBytesMax is more than what an element takes beyond its text, and
	// entryBytesMax what an entry takes beyond its fields and values, with the
	// master's counts growing.
	elementBytesMax = 10
	entryBytesMax   = 8 * 11

	// nodeBytesLimit is what a node may have whatever the configuration says.
	nodeBytesLimit = 1 << 30
)

// node is a view of a node's listpack.
type node struct {
	master ID
	lp     []byte
}

func nodeRef(payload []byte) arena.Ref { return arena.Ref(binary.LittleEndian.Uint64(payload)) }

// readNode returns the node of a record of the tree of nodes.
func (s *Stream) readNode(master ID, ref arena.Ref) node {
	a := s.epochs.Arena()
	n := nodeHeader + int(binary.LittleEndian.Uint32(a.Bytes(ref, nodeHeader)[4:]))
	return node{master, a.Bytes(ref, n)[nodeHeader:n:n]}
}

// editNode makes a node ready to be changed: not frozen, and with room for more
// bytes behind its listpack. storeNode ends the change.
func (s *Stream) editNode(n node, ref arena.Ref, more int) (node, arena.Ref) {
	a := s.epochs.Arena()
	block := a.Bytes(ref, a.BlockBytes(ref))
	need := nodeHeader + len(n.lp) + more
	frozen := s.epochs.Frozen(binary.LittleEndian.Uint32(block))
	if !frozen && need <= len(block) {
		n.lp = block[nodeHeader : nodeHeader+len(n.lp)]
		return n, ref
	}
	if more > countsBytesMax {
		need += min(need/2, nodeSpareMax)
	}
	ref = s.moveNode(n, ref, need)
	n.lp = a.Bytes(ref, a.BlockBytes(ref))[nodeHeader : nodeHeader+len(n.lp)]
	return n, ref
}

// nodeSpareMax is how much room a node that grows is given at once.
const nodeSpareMax = 1024

// moveNode copies a node into another block of at least that many bytes.
func (s *Stream) moveNode(n node, ref arena.Ref, bytes int) arena.Ref {
	to := s.newNode(bytes, len(n.lp))
	copy(s.epochs.Arena().Bytes(to, nodeHeader+len(n.lp))[nodeHeader:], n.lp)
	s.releaseNode(ref)
	s.pointAt(n.master, to)
	return to
}

// pointAt files a node under its master ID.
func (s *Stream) pointAt(master ID, ref arena.Ref) {
	payload, _ := s.nodes.put(master)
	binary.LittleEndian.PutUint64(payload, uint64(ref))
	if master == s.tail && s.tailRef != 0 {
		s.tailRef = ref
	}
}

// newNode makes a block for a listpack of length bytes.
func (s *Stream) newNode(bytes, length int) arena.Ref {
	a := s.epochs.Arena()
	ref := a.Alloc(bytes)
	s.nodeBytes += int64(a.BlockBytes(ref))
	header := a.Bytes(ref, nodeHeader)
	binary.LittleEndian.PutUint32(header, s.epochs.Epoch())
	binary.LittleEndian.PutUint32(header[4:], uint32(length))
	return ref
}

func (s *Stream) releaseNode(ref arena.Ref) {
	a := s.epochs.Arena()
	s.nodeBytes -= int64(a.BlockBytes(ref))
	s.epochs.Release(ref, binary.LittleEndian.Uint32(a.Bytes(ref, nodeHeader)))
}

// storeNode ends a change of a node: lp is where editNode put it.
func (s *Stream) storeNode(n node, ref arena.Ref) {
	block := s.epochs.Arena().Bytes(ref, nodeHeader+len(n.lp))
	if &block[nodeHeader] != &n.lp[0] {
		panic("stream: a node has outgrown its block")
	}
	binary.LittleEndian.PutUint32(block[4:], uint32(len(n.lp)))
}

// dropNode removes a node with all its entries.
func (s *Stream) dropNode(master ID, ref arena.Ref) {
	s.releaseNode(ref)
	s.nodes.delete(master)
	s.headLive = 0
	if master == s.tail {
		s.tailRef = 0
	}
}

// number reads an element that is a number.
func number(lp []byte, at int) int64 { return listpack.Int(lp, at) }

// counts are the entries of a node that are there, and those that are deleted.
func (n node) counts() (live, deleted int64) {
	at, _ := listpack.First(n.lp)
	live = number(n.lp, at)
	at, _ = listpack.Next(n.lp, at)
	return live, number(n.lp, at)
}

func (n *node) setCounts(live, deleted int64) {
	at, _ := listpack.First(n.lp)
	n.lp = listpack.ReplaceInt(n.lp, at, live)
	at, _ = listpack.Next(n.lp, at)
	n.lp = listpack.ReplaceInt(n.lp, at, deleted)
}

// fields are the master's: how many there are, and where they begin.
func (n node) fields() (count, at int) {
	at, _ = listpack.First(n.lp)
	at, _ = listpack.Next(n.lp, at)
	at, _ = listpack.Next(n.lp, at)
	count = int(number(n.lp, at))
	at, _ = listpack.Next(n.lp, at)
	return count, at
}

// first is where the first entry begins; the end, if there is none.
func (n node) first() int {
	count, at := n.fields()
	for range count + 1 {
		at, _ = listpack.Next(n.lp, at)
	}
	return at
}

// sameFields tells whether an entry of these fields and values has the master's
// fields.
func (n node) sameFields(pairs [][]byte) bool {
	count, at := n.fields()
	if count != len(pairs)/2 {
		return false
	}
	for i := 0; i < len(pairs); i += 2 {
		if !listpack.Get(n.lp, at).Equal(pairs[i]) {
			return false
		}
		at, _ = listpack.Next(n.lp, at)
	}
	return true
}

// beginNode writes the master of a node without entries.
func beginNode(lp []byte, pairs [][]byte) []byte {
	lp = listpack.AppendEmpty(lp)
	lp = listpack.AppendInt(lp, 0)
	lp = listpack.AppendInt(lp, 0)
	lp = listpack.AppendInt(lp, int64(len(pairs)/2))
	for i := 0; i < len(pairs); i += 2 {
		lp = listpack.Append(lp, pairs[i])
	}
	return listpack.AppendInt(lp, 0)
}

// add appends an entry. The node must have room for it.
func (n *node) add(id ID, pairs [][]byte) {
	live, deleted := n.counts()
	same := n.sameFields(pairs)
	flags, length := int64(0), int64(len(pairs)+4)
	if same {
		flags, length = flagSameFields, int64(len(pairs)/2+3)
	}
	lp := listpack.AppendInt(n.lp, flags)
	lp = listpack.AppendInt(lp, int64(id.Ms-n.master.Ms))
	lp = listpack.AppendInt(lp, int64(id.Seq-n.master.Seq))
	if !same {
		lp = listpack.AppendInt(lp, int64(len(pairs)/2))
	}
	for i, text := range pairs {
		if !same || i%2 == 1 {
			lp = listpack.Append(lp, text)
		}
	}
	n.lp = listpack.AppendInt(lp, length)
	n.setCounts(live+1, deleted)
}
