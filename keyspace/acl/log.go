package acl

import "container/list"

const (
	// groupedMs is how long after the last of its kind an event still counts as
	// one more of them.
	groupedMs = 60_000
	// groupedCount is among how many of the newest entries that is looked for.
	groupedCount = 10
)

// Context is where a denied request came from.
type Context uint8

// The contexts.
const (
	TopLevel Context = iota
	Multi
	Lua
	Module
)

// String is the context as ACL LOG tells it.
func (c Context) String() string { return [...]string{"toplevel", "multi", "lua", "module"}[c] }

// Event is something that was denied.
type Event struct {
	Reason   Reason
	Context  Context
	Object   string // the command's full name, the key, the channel, or the command that failed to authenticate
	Username string // of a failed authentication the one that was tried
}

// Entry is a group of like events.
type Entry struct {
	Event
	Client    string // the last one's, as CLIENT INFO tells it
	Count     int
	ID        int
	CreatedMs int64
	UpdatedMs int64
}

// Log is ACL LOG: the newest events, like ones together. It is bounded by its
// greatest length.
type Log struct {
	entries   list.List // of *Entry, newest first
	lengthMax int
	nextID    int
}

// NewLog returns an empty log of at most that many entries.
func NewLog(lengthMax int) *Log { return &Log{lengthMax: lengthMax} }

// SetLengthMax is the directive acllog-max-len. As in Redis, entries beyond it go
// when the next is added; with 0, nothing is added.
func (l *Log) SetLengthMax(lengthMax int) { l.lengthMax = lengthMax }

// Add records an event.
func (l *Log) Add(event Event, client string, nowMs int64) {
	if l.lengthMax == 0 {
		l.entries.Init()
		return
	}
	if element := l.find(event, nowMs); element != nil {
		entry := element.Value.(*Entry)
		entry.Count++
		entry.Client, entry.UpdatedMs = client, nowMs
		l.entries.MoveToFront(element)
		return
	}
	l.entries.PushFront(&Entry{event, client, 1, l.nextID, nowMs, nowMs})
	l.nextID++
	for l.entries.Len() > l.lengthMax {
		l.entries.Remove(l.entries.Back())
	}
}

// find returns the entry that an event belongs to, or nil.
func (l *Log) find(event Event, nowMs int64) *list.Element {
	element := l.entries.Front()
	for range groupedCount {
		if element == nil {
			return nil
		}
		entry := element.Value.(*Entry)
		if away := nowMs - entry.UpdatedMs; entry.Event == event && -groupedMs <= away && away <= groupedMs {
			return element
		}
		element = element.Next()
	}
	return nil
}

// Entries returns up to count entries, newest first.
func (l *Log) Entries(count int) []Entry {
	entries := []Entry{}
	for element := l.entries.Front(); element != nil && len(entries) < count; element = element.Next() {
		entries = append(entries, *element.Value.(*Entry))
	}
	return entries
}

// Reset removes all entries. Their ids are not used again.
func (l *Log) Reset() { l.entries.Init() }
