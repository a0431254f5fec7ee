package pubsub

// Set is an ordered set that is walked far more often than it is searched: a slice,
// and from searchedMin elements on a map from element to place. Taking an element out
// moves the last one to its place.
type Set[T comparable] struct {
	list []T
	at   map[T]int
}

// searchedMin is the size from which on a set has a map. Most channels have a few
// subscribers, and most subscribers a few channels.
const searchedMin = 16

// Len is the number of elements.
func (s *Set[T]) Len() int { return len(s.list) }

// List is the elements, to be read until the set changes.
func (s *Set[T]) List() []T { return s.list }

// Has tells whether x is in the set.
func (s *Set[T]) Has(x T) bool { return s.place(x) >= 0 }

func (s *Set[T]) place(x T) int {
	if s.at != nil {
		if i, ok := s.at[x]; ok {
			return i
		}
		return -1
	}
	for i, y := range s.list {
		if y == x {
			return i
		}
	}
	return -1
}

// Add puts x in and tells whether it is new.
func (s *Set[T]) Add(x T) bool {
	if s.Has(x) {
		return false
	}
	s.list = append(s.list, x)
	switch {
	case s.at != nil:
		s.at[x] = len(s.list) - 1
	case len(s.list) == searchedMin:
		s.at = make(map[T]int, 2*searchedMin)
		for i, y := range s.list {
			s.at[y] = i
		}
	}
	return true
}

// Remove takes x out and tells whether it was there.
func (s *Set[T]) Remove(x T) bool {
	i := s.place(x)
	if i < 0 {
		return false
	}
	last := len(s.list) - 1
	moved := s.list[last]
	s.list[i] = moved
	clear(s.list[last:])
	s.list = s.list[:last]
	if s.at != nil {
		s.at[moved] = i
		delete(s.at, x)
	}
	if last == 0 {
		*s = Set[T]{}
	}
	return true
}
