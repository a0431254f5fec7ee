package hll

import (
	"slices"
	"strconv"
)

// Set is the registers, one byte each: what merging and counting several work on.
type Set [Registers]uint8

// Merge raises the registers to those of text.
func (s *Set) Merge(text []byte) error {
	if IsDense(text) {
		s.mergeDense(text)
		return nil
	}
	return eachRun(text, func(first int, r run) {
		if r.rank == 0 {
			return
		}
		for i := first; i < first+r.length; i++ {
			s[i] = max(s[i], r.rank)
		}
	})
}

// Count estimates how many different elements the registers have seen.
func (s *Set) Count() uint64 {
	var h histogram
	for _, rank := range s {
		h[rank&63]++
	}
	return h.estimate()
}

// Into raises the registers of text to those of the set, one by one in their
// order; text may become dense.
func (s *Set) Into(text []byte, sparseBytesMax int) ([]byte, error) {
	f := newFinger()
	for i, rank := range s {
		if rank == 0 {
			continue
		}
		var err error
		if text, _, err = raise(&f, text, Place{i, rank}, sparseBytesMax); err != nil {
			return text, err
		}
	}
	Invalidate(text)
	return text, nil
}

// Raise raises the register of a place. It works like append: text may be moved to
// another slice when it grows or becomes dense.
func Raise(text []byte, p Place, sparseBytesMax int) (_ []byte, changed bool, err error) {
	f := newFinger()
	return raise(&f, text, p, sparseBytesMax)
}

func raise(f *finger, text []byte, p Place, sparseBytesMax int) (_ []byte, changed bool, err error) {
	if IsDense(text) {
		return text, raiseDense(text, p), nil
	}
	text, changed, err = f.raise(text, p, sparseBytesMax)
	if err != errFull {
		return text, changed, err
	}
	if text, err = Dense(text); err != nil {
		return text, false, err
	}
	return text, raiseDense(text, p), nil
}

// Dense makes a sparse one dense, in the same slice if it has the room.
func Dense(text []byte) ([]byte, error) {
	n := len(text)
	text = slices.Grow(text, DenseBytes)
	both, err := AppendDense(text, text)
	if err != nil {
		return text, err
	}
	return append(both[:0], both[n:]...), nil
}

// Count estimates how many different elements were added.
func Count(text []byte) (uint64, error) {
	var h histogram
	if IsDense(text) {
		h.addDense(text)
		return h.estimate(), nil
	}
	err := eachRun(text, func(_ int, r run) { h[r.rank] += int32(r.length) })
	return h.estimate(), err
}

func appendOpcode(dst []byte, r run) []byte {
	switch {
	case r.rank > 0:
		dst = append(dst, "v:"...)
		dst = strconv.AppendInt(dst, int64(r.rank), 10)
		dst = append(dst, ',')
	case r.bytes == 1:
		dst = append(dst, "z:"...)
	default:
		dst = append(dst, "Z:"...)
	}
	return strconv.AppendInt(dst, int64(r.length), 10)
}
