package pubsub

// Registry maps names to those who have subscribed to them. S is a subscriber.
//
// Finding the subscribers of a name costs one look into a map and no allocation;
// joining and leaving cost the same and one more in the set of subscribers. A name
// without subscribers is not kept.
type Registry[S comparable] struct {
	topics map[string]*Topic[S]
	names  Set[*Topic[S]]
}

// Topic is a name that somebody has subscribed to.
type Topic[S comparable] struct {
	Name        []byte
	subscribers Set[S]
}

// Subscribers is everybody who has subscribed, to be read until one joins or leaves.
func (t *Topic[S]) Subscribers() []S { return t.subscribers.List() }

// Len is the number of names.
func (r *Registry[S]) Len() int { return r.names.Len() }

// Find returns the topic of that name, or nil.
func (r *Registry[S]) Find(name []byte) *Topic[S] { return r.topics[string(name)] }

// Topics is all of them, to be read until a name comes or goes.
func (r *Registry[S]) Topics() []*Topic[S] { return r.names.List() }

// Join subscribes s to a name and returns its topic; joined is false if s had
// subscribed before.
func (r *Registry[S]) Join(name []byte, s S) (t *Topic[S], joined bool) {
	t = r.topics[string(name)]
	if t == nil {
		t = &Topic[S]{Name: append([]byte(nil), name...)}
		if r.topics == nil {
			r.topics = map[string]*Topic[S]{}
		}
		r.topics[string(name)] = t
		r.names.Add(t)
	}
	return t, t.subscribers.Add(s)
}

// Leave ends the subscription of s to t, if there is one.
func (r *Registry[S]) Leave(t *Topic[S], s S) {
	t.subscribers.Remove(s)
	if t.subscribers.Len() == 0 && r.topics[string(t.Name)] == t {
		delete(r.topics, string(t.Name))
		r.names.Remove(t)
	}
}
