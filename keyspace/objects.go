package keyspace

import (
	"encoding/binary"

	"solokv/keyspace/dict"
	"solokv/keyspace/value"
)

// objects holds the roots of all collections. The entry of a key holds a handle:
// the number of a place in here. Roots are Go objects, one for each large
// collection, none for its elements.
//
// The snapshot's goroutine reads places that were taken when it began, so those
// are neither changed nor given to others before it ends.
type objects struct {
	places []object
	free   []uint32
	kept                   // for the open view
	undone kept            // for the open undo
	fallen []value.Remains // to be drained in slices
	fell   int64           // how many there were
}

// kept is what somebody may still read: places that are free, and collections that
// are to be drained, when that one is done.
type kept struct {
	held []uint32
	late []value.Remains
	made []value.Remains // of an undo: made or forked since, and cut off
}

// object is a collection with the epoch in which its root was made or forked: if
// a view that was opened later is open, the root is frozen.
type object struct {
	value.Collection
	epoch uint32
}

// handleBytes is the length of the value of an entry that holds a handle.
const handleBytes = 4

func handleOf(e dict.Entry) uint32 { return binary.LittleEndian.Uint32(e.Value()) }

func (o *objects) add(c value.Collection, epoch uint32) (handle uint32) {
	if n := len(o.free); n > 0 {
		handle = o.free[n-1]
		o.free = o.free[:n-1]
		o.places[handle] = object{c, epoch}
		return handle
	}
	o.places = append(o.places, object{c, epoch})
	return uint32(len(o.places) - 1)
}

// inUse tells whether there are any collections.
func (o *objects) inUse() bool { return len(o.places) > len(o.free)+len(o.held)+len(o.undone.held) }

// vacate gives up a place whose root is used no more by the writer.
func (o *objects) vacate(handle uint32, epochs *dict.Epochs) {
	if !epochs.Frozen(o.places[handle].epoch) {
		o.release(handle)
		return
	}
	k := o.keeper(epochs)
	k.held = append(k.held, handle)
}

func (o *objects) release(handle uint32) {
	o.places[handle] = object{}
	o.free = append(o.free, handle)
}

// keeper is who keeps what is frozen now.
func (o *objects) keeper(epochs *dict.Epochs) *kept {
	if epochs.Undoing() {
		return &o.undone
	}
	return &o.kept
}

// drop cuts a collection off; its memory follows in slices.
func (o *objects) drop(handle uint32, epochs *dict.Epochs) {
	dead := o.places[handle]
	if epochs.Frozen(dead.epoch) {
		k := o.keeper(epochs)
		k.late = append(k.late, dead.Collection)
		k.held = append(k.held, handle)
		return
	}
	o.release(handle)
	o.drain(dead.Collection, epochs)
}

// drain frees what was cut off, of much the beginning.
func (o *objects) drain(r value.Remains, epochs *dict.Epochs) {
	switch {
	case !r.Drain(drainAtOnce):
	case epochs.Undoing():
		o.undone.made = append(o.undone.made, r)
	default:
		o.fall(r)
	}
}

func (o *objects) fall(r ...value.Remains) {
	o.fallen = append(o.fallen, r...)
	o.fell += int64(len(r))
}

// viewClosed lets go of what only the view could read.
func (o *objects) viewClosed() { o.letGo(&o.kept) }

func (o *objects) letGo(k *kept) {
	for _, handle := range k.held {
		o.release(handle)
	}
	o.fall(k.late...)
	o.fall(k.made...)
	k.held, k.late, k.made = k.held[:0], k.late[:0], k.made[:0]
}

// undoCommitted lets go of what only the undo kept.
func (o *objects) undoCommitted(epochs *dict.Epochs) {
	if !epochs.Open() {
		o.letGo(&o.undone)
		return
	}
	o.held = append(o.held, o.undone.held...)
	o.late = append(o.late, o.undone.late...)
	o.fall(o.undone.made...)
	o.undone = kept{}
}

// drainMade drains the collections that were made or forked since the undo was opened
// and have been dropped: they share nodes with those that come back.
func (o *objects) drainMade() {
	for _, r := range o.undone.made {
		for r.Drain(drainStep) {
			continue
		}
	}
	o.undone.made = o.undone.made[:0]
}

// drainAtOnce is the size up to which a collection is freed on the spot, and
// drainStep the number of elements freed between two looks at the clock.
const (
	drainAtOnce = 64
	drainStep   = 500
)

// drainFallen frees collections that were cut off.
func (e *Engine) drainFallen(untilNs int64) (more bool) {
	o := &e.objects
	for len(o.fallen) > 0 {
		last := len(o.fallen) - 1
		if !o.fallen[last].Drain(drainStep) {
			o.fallen[last] = nil
			o.fallen = o.fallen[:last]
		}
		if e.clock.NowNs() > untilNs {
			break
		}
	}
	return len(o.fallen) > 0
}

// Drain frees what a command has cut off a collection. Of much the rest follows in slices.
func (c *Ctx) Drain(r value.Remains) {
	c.e.objects.drain(r, c.e.epochs)
	c.e.deadline = min(c.e.deadline, c.e.clock.NowNs())
}

// Epochs is what collections are made with.
func (c *Ctx) Epochs() *dict.Epochs { return c.e.epochs }

// Collection is the value of an item that holds a handle, for reading.
func (c *Ctx) Collection(it Item) value.Collection {
	return c.e.objects.places[handleOf(it.Entry)].Collection
}

// Mutable is Collection for a command that is going to change it. Under a view it
// may fork the root; it and other items are not valid afterwards.
func (c *Ctx) Mutable(it Item) value.Collection {
	o := &c.e.objects
	handle := handleOf(it.Entry)
	place := &o.places[handle]
	if !c.e.epochs.Frozen(place.epoch) {
		return place.Collection
	}
	fork := place.Fork()
	kind := it.Kind()
	o.vacate(handle, c.e.epochs)
	s := dict.Spec{Kind: kind, Key: it.Key(), ValueLen: handleBytes, Expires: it.Expires()}
	if s.Expires {
		s.ExpireAt = it.ExpireAt()
	}
	binary.LittleEndian.PutUint32(c.replace(it, &s), o.add(fork, c.e.epochs.Epoch()))
	return fork
}

// PutCollection makes key hold a collection. it and found are what Write told
// about the key; what it held before is dropped, its expiry stays.
func (c *Ctx) PutCollection(key []byte, it Item, found bool, kind value.Kind, v value.Collection) {
	handle := c.e.objects.add(v, c.e.epochs.Epoch())
	c.e.special = c.e.special || kind == value.Stream
	binary.LittleEndian.PutUint32(c.place(key, it, found, kind, handleBytes, KeepExpiry), handle)
}

// PutPacked makes key hold packed bytes, which are copied; the rest is as for
// PutCollection. packed may be a view of what the key held before.
func (c *Ctx) PutPacked(key []byte, it Item, found bool, kind value.Kind, packed []byte) {
	copy(c.place(key, it, found, kind, len(packed), KeepExpiry), packed)
}

// StoreCollection makes key hold a collection and no expiry, whatever it held before.
func (c *Ctx) StoreCollection(key []byte, kind value.Kind, v value.Collection) {
	handle := c.e.objects.add(v, c.e.epochs.Epoch())
	it, found := c.find(key)
	binary.LittleEndian.PutUint32(c.place(key, it, found, kind, handleBytes, NoExpiry), handle)
}

// StorePacked is StoreCollection for packed bytes, which are copied.
func (c *Ctx) StorePacked(key []byte, kind value.Kind, packed []byte) {
	it, found := c.find(key)
	copy(c.place(key, it, found, kind, len(packed), NoExpiry), packed)
}

// place returns the room for a value of n bytes under key; expiry is for a key that was
// found.
func (c *Ctx) place(key []byte, it Item, found bool, kind value.Kind, n int, expiry Expiry) []byte {
	if !found {
		return c.insert(it.hash, &dict.Spec{Kind: kind, Key: key, ValueLen: n})
	}
	return c.overwrite(it, kind, n, expiry)
}

// Pack is a buffer of the writer's own in which packed values are edited before
// PutPacked stores them. Keep hands it back when it has grown.
//
//	b := append(c.Pack(), it.Value()...)
//	b = listpack.Append(b, element)
//	c.PutPacked(key, it, true, value.ListPacked, b)
//	c.Keep(b)
func (c *Ctx) Pack() []byte { return c.e.pack[:0] }

// Keep takes Pack's buffer back.
func (c *Ctx) Keep(b []byte) {
	if cap(b) <= bufferKeptMax {
		c.e.pack = b[:0]
	}
}

// dropValue drops the collection of an entry that is about to be freed, if it has
// one.
func (e *Engine) dropValue(entry dict.Entry) {
	if value.IsCollection(entry.Kind()) {
		e.objects.drop(handleOf(entry), e.epochs)
		e.deadline = min(e.deadline, e.clock.NowNs())
	}
}

// Encoding is what OBJECT ENCODING says of an item.
func (c *Ctx) Encoding(it Item) string {
	switch kind := it.Kind(); {
	case value.IsString(kind):
		return value.StringEncoding(kind, it.Value())
	case value.IsCollection(kind):
		return c.Collection(it).Encoding()
	default:
		return value.PackedEncoding(kind)
	}
}
