package config

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Origin is what Set must know of the client that asks.
type Origin struct {
	Local   bool // it connects from this machine
	Loading bool // the server is still loading its data set
}

// ErrLoading refuses a directive while data is loaded; the reply to the client
// is the one that every refused command gets then (-LOADING).
var ErrLoading = errors.New("config: not while the data set is loaded")

// SetError is why CONFIG SET changed nothing.
type SetError struct {
	Name   string // the directive that is to blame
	Reason string // empty: the directive does not exist
	// Restore is what went wrong when the values of before were applied again
	// after a failure. The values are right; what they stand for may not be.
	// It is for the log.
	Restore error
}

// Error is the text of the reply, without the leading "ERR ".
func (e *SetError) Error() string {
	if e.Reason == "" {
		return fmt.Sprintf("Unknown option or number of arguments for CONFIG SET - '%s'", e.Name)
	}
	return fmt.Sprintf("CONFIG SET failed (possibly related to argument '%s') - %s", e.Name, e.Reason)
}

// ApplyError is returned by an apply function that can name the directive that
// did not work.
type ApplyError struct {
	Name   string
	Reason string // for the client
}

func (e *ApplyError) Error() string { return e.Name + ": " + e.Reason }

// Set is CONFIG SET: all of the pairs or none.
//
// When all values are stored, apply is told which directives changed, by their
// own names (not aliases), in the order given. If it fails, the values of
// before are put back and it is called once more, with the same names. apply
// may be nil.
func (c *Config) Set(pairs []Pair, origin Origin, apply func(changed []string) error) error {
	entries, err := c.settable(pairs, origin)
	if err != nil {
		return err
	}

	before := *c.values // slices are replaced, never changed in place
	var changed []string
	for i, e := range entries {
		old := e.slot.text()
		if err := e.slot.set(splitValue(e, pairs[i].Value)); err != nil {
			*c.values = before
			return &SetError{Name: e.name, Reason: err.Error()}
		}
		isChange := e.slot.text() != old || e.Has(AlwaysApply)
		if isChange && !slices.Contains(changed, e.Name) {
			changed = append(changed, e.Name)
		}
	}
	if len(changed) == 0 || apply == nil {
		return nil
	}

	err = apply(changed)
	if err == nil {
		return nil
	}
	*c.values = before
	failure := &SetError{Name: changed[0], Reason: err.Error(), Restore: apply(changed)}
	if blamed, ok := errors.AsType[*ApplyError](err); ok {
		failure.Name, failure.Reason = blamed.Name, blamed.Reason
	}
	return failure
}

// settable finds the directives of the pairs, or says which may not be set.
func (c *Config) settable(pairs []Pair, origin Origin) ([]entry, error) {
	entries := make([]entry, 0, len(pairs))
	for _, pair := range pairs {
		e, ok := c.index[strings.ToLower(pair.Name)]
		if !ok {
			return nil, &SetError{Name: pair.Name}
		}
		refused := func(reason string) ([]entry, error) {
			return nil, &SetError{Name: pair.Name, Reason: reason}
		}
		switch {
		case e.Has(Immutable), e.Has(AtStart) && pair.Value != e.slot.text():
			return refused("can't set immutable config")
		case e.Has(Protected) && !c.values.EnableProtectedConfigs.Admits(origin.Local):
			return refused("can't set protected config")
		case e.Has(DenyLoading) && origin.Loading:
			return nil, ErrLoading
		case slices.Contains(entries, e):
			return refused("duplicate parameter")
		}
		entries = append(entries, e)
	}
	return entries, nil
}

// splitValue makes arguments of a value. A directive with several takes them
// between single blanks, without quotes; an empty value is no argument at all.
func splitValue(e entry, value string) []string {
	switch {
	case !e.Has(MultiArg):
		return []string{value}
	case value == "":
		return nil
	}
	return strings.Split(value, " ")
}
