package config

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestSetTellsWhatChanged(t *testing.T) {
	f := func(want []string, pairs ...Pair) {
		t.Helper()
		c := New()
		var got []string
		require.NoError(t, c.Set(pairs, Origin{}, func(changed []string) error {
			got = changed
			return nil
		}))
		assert.Equal(t, want, got)
	}

	f([]string{"maxmemory", "hz"}, Pair{"MAXMEMORY", "1mb"}, Pair{"hz", "20"}, Pair{"timeout", "0"})
	f([]string{"replica-priority"}, Pair{"slave-priority", "1"}, Pair{"replica-priority", "2"})
	f(nil, Pair{"maxmemory", "0"})
	f([]string{"tls-cert-file"}, Pair{"tls-cert-file", ""}) // the file may be new
	f([]string{"hz"}, Pair{"hz", "100000"})
	f(nil)
}

func TestSetRollsBack(t *testing.T) {
	c := New()
	before := c.Get("*")
	values := c.Values()

	err := c.Set([]Pair{{"maxmemory", "1gb"}, {"save", "1 1"}, {"bind", "::1"}, {"timeout", "x"}}, Origin{},
		func([]string) error { panic("nothing may be applied") })

	assert.Equal(t, &SetError{Name: "timeout", Reason: "argument couldn't be parsed into an integer"}, err)
	assert.Equal(t, before, c.Get("*"))
	assert.Same(t, values, c.Values())
}

func TestSetRollsBackWhenApplyFails(t *testing.T) {
	f := func(applyErr, restoreErr error, want *SetError) {
		t.Helper()
		c := New()
		before := c.Get("*")
		var ports []int
		err := c.Set([]Pair{{"timeout", "5"}, {"port", "7000"}}, Origin{}, func(changed []string) error {
			assert.Equal(t, []string{"timeout", "port"}, changed)
			ports = append(ports, c.Values().Port)
			if len(ports) == 1 {
				return applyErr
			}
			return restoreErr
		})
		assert.Equal(t, want, err)
		assert.Equal(t, before, c.Get("*"))
		assert.Equal(t, []int{7000, 5555}, ports, "applied, then the old value again")
	}

	blame := &ApplyError{Name: "port", Reason: "Unable to listen on this port. Check server logs."}
	broken := errors.New("broken")
	f(blame, nil, &SetError{Name: "port", Reason: blame.Reason})
	f(broken, nil, &SetError{Name: "timeout", Reason: "broken"})
	f(blame, broken, &SetError{Name: "port", Reason: blame.Reason, Restore: broken})
}

func TestSetErrorText(t *testing.T) {
	assert.EqualError(t, &SetError{Name: "port", Reason: "why"},
		"CONFIG SET failed (possibly related to argument 'port') - why")
	assert.EqualError(t, &SetError{Name: "foo"},
		"Unknown option or number of arguments for CONFIG SET - 'foo'")
}

func TestSetPermissions(t *testing.T) {
	f := func(allowed string, origin Origin, pair Pair, want error) {
		t.Helper()
		c := loaded(t, "enable-protected-configs "+allowed)
		assert.Equal(t, want, c.Set([]Pair{pair}, origin, nil))
	}
	name := Pair{"dbfilename", "x.rdb"}
	refused := &SetError{Name: "dbfilename", Reason: "can't set protected config"}

	f("no", Origin{Local: true}, name, refused)
	f("local", Origin{}, name, refused)
	f("local", Origin{Local: true}, name, nil)
	f("yes", Origin{}, name, nil)
	f("yes", Origin{Loading: true}, name, nil)
	f("yes", Origin{Loading: true}, Pair{"dir", "/"}, ErrLoading)
	f("yes", Origin{Loading: true}, Pair{"appendonly", "no"}, ErrLoading)
	f("yes", Origin{}, Pair{"event-loops", "0"}, nil)
	f("yes", Origin{}, Pair{"event-loops", "1"}, &SetError{Name: "event-loops", Reason: "can't set immutable config"})
}

// TestSetTakesBackGetAll does what Redis's test suite does: it writes back
// everything that may be written at all.
func TestSetTakesBackGetAll(t *testing.T) {
	c := loaded(t, "enable-protected-configs yes")
	for _, pair := range c.Get("*") {
		d, ok := c.Lookup(pair.Name)
		require.True(t, ok)
		if !d.Has(Immutable) {
			assert.NoError(t, c.Set([]Pair{pair}, Origin{}, nil), pair)
		}
	}
	assert.Equal(t, loaded(t, "enable-protected-configs yes").Get("*"), c.Get("*"))
}

func TestSetDir(t *testing.T) {
	c := loaded(t, "enable-protected-configs yes")
	dir := t.TempDir()

	require.NoError(t, c.Set([]Pair{{"dir", dir}}, Origin{}, nil))
	require.NoError(t, c.Set([]Pair{{"dir", "."}}, Origin{}, nil))
	assert.Equal(t, dir, c.Values().Dir)
	assert.Equal(t, dir+"/dump.rdb", c.Values().Path("dump.rdb"))

	assert.EqualError(t, c.Set([]Pair{{"dir", "missing"}}, Origin{}, nil),
		"CONFIG SET failed (possibly related to argument 'dir') - No such file or directory")
}
