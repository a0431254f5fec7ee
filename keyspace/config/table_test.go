package config

import (
	"reflect"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

// TestEveryFieldHasItsDirective: a field is named as its directive, and none of
// the two is without the other. A slot bound to the wrong field shows here, too.
func TestEveryFieldHasItsDirective(t *testing.T) {
	c := New()
	fields := map[string]reflect.Value{}
	sections := reflect.ValueOf(c.values).Elem()
	for i := range sections.NumField() {
		section := sections.Field(i)
		for j := range section.NumField() {
			fields[strings.ToLower(section.Type().Field(j).Name)] = section.Field(j)
		}
	}

	for _, d := range c.directives {
		name := strings.ReplaceAll(d.Name, "-", "")
		field, ok := fields[name]
		if assert.True(t, ok, "no field for %s", d.Name) {
			bound := reflect.ValueOf(innermost(d.slot)).FieldByName("field").Pointer()
			assert.Equal(t, field.Addr().Pointer(), bound, "%s is bound to another field", d.Name)
			delete(fields, name)
		}
	}
	assert.Empty(t, fields, "fields without a directive")
}

func innermost(s slot) slot {
	if save, ok := s.(saveSlot); ok {
		return save.slot
	}
	return s
}

func TestNamesAreUnique(t *testing.T) {
	c := New()
	names := 0
	for i := range c.directives {
		names += len(c.directives[i].entries())
	}

	assert.Len(t, c.index, names)
	for name := range c.index {
		assert.Equal(t, strings.ToLower(name), name, "names are looked up in lower case")
	}
}

// TestTextIsTakenBack: whatever CONFIG GET shows, CONFIG SET accepts and stores
// as the same value.
func TestTextIsTakenBack(t *testing.T) {
	c := New()
	for _, d := range c.directives {
		if d.Name == "replicaof" {
			continue // not set, which only "no one" says
		}
		before := d.slot.text()
		assert.NoError(t, d.slot.set(splitValue(entry{&d, d.Name}, before)), d.Name)
		assert.Equal(t, before, d.slot.text(), d.Name)
	}
}

func TestTypedValues(t *testing.T) {
	v := New().Values()

	assert.Equal(t, 5555, v.Port)
	assert.Equal(t, []string{"*", "-::*"}, v.Bind)
	assert.Equal(t, FsyncEverySec, v.AppendFsync)
	assert.Equal(t, []SavePoint{{3600, 1}, {300, 100}, {60, 10000}}, v.Save)
	assert.Equal(t, OutputLimit{256 << 20, 64 << 20, 60}, v.ClientOutputBufferLimit[ClassReplica])
	assert.Equal(t, "noeviction", v.MaxMemoryPolicy.String())
	assert.Equal(t, "everysec", v.AppendFsync.String())
	assert.False(t, v.MaxMemoryPolicy.IsLFU())
	assert.True(t, EvictAllKeysLFU.IsLFU())
	assert.Equal(t, v.Dir+"/dump.rdb", v.Path(v.DBFilename))
	assert.Equal(t, "/var/x", v.Path("/var/x"))
}

func TestAllowance(t *testing.T) {
	f := func(a Allowance, local, want bool) {
		t.Helper()
		assert.Equal(t, want, a.Admits(local))
	}

	f(AllowNo, true, false)
	f(AllowYes, false, true)
	f(AllowLocal, true, true)
	f(AllowLocal, false, false)
}

// TestNotifyKeepsNew: Redis shows AKE for both of these.
func TestNotifyKeepsNew(t *testing.T) {
	f := func(letters, want string) {
		t.Helper()
		events, err := parseNotify(letters)
		assert.NoError(t, err)
		assert.Equal(t, want, events.String())
	}

	f("AKE", "AKE")
	f("nAKE", "AnKE")
	f("n", "n")
}
