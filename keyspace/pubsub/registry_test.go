package pubsub

import (
	"fmt"
	"math/rand"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestRegistryAgainstModel joins and leaves at random and compares with a plain map.
func TestRegistryAgainstModel(t *testing.T) {
	random := rand.New(rand.NewSource(1))
	var r Registry[int]
	model := map[string]map[int]bool{}
	for range 20_000 {
		name, s := fmt.Sprint("c", random.Intn(12)), random.Intn(60)
		topic := r.Find([]byte(name))
		require.Equal(t, len(model[name]) > 0, topic != nil)
		if random.Intn(100) < 52 {
			joined, isNew := r.Join([]byte(name), s)
			require.Equal(t, name, string(joined.Name))
			require.Equal(t, !model[name][s], isNew)
			if model[name] == nil {
				model[name] = map[int]bool{}
			}
			model[name][s] = true
		} else if topic != nil {
			r.Leave(topic, s)
			delete(model[name], s)
			if len(model[name]) == 0 {
				delete(model, name)
			}
		}
		require.Equal(t, len(model), r.Len())
	}
	for _, topic := range r.Topics() {
		var want []int
		for s := range model[string(topic.Name)] {
			want = append(want, s)
		}
		got := slices.Clone(topic.Subscribers())
		slices.Sort(got)
		slices.Sort(want)
		assert.Equal(t, want, got)
	}
}

func TestSetKeepsOrderWhileItGrows(t *testing.T) {
	var s Set[string]
	for i := range 3 * searchedMin {
		assert.True(t, s.Add(fmt.Sprint(i)))
		assert.False(t, s.Add(fmt.Sprint(i)))
	}
	assert.Equal(t, "0", s.List()[0])
	assert.Equal(t, fmt.Sprint(3*searchedMin-1), s.List()[s.Len()-1])
	assert.False(t, s.Remove("nothing"))
	for i := range 3 * searchedMin {
		assert.True(t, s.Remove(fmt.Sprint(i)))
		assert.False(t, s.Has(fmt.Sprint(i)))
	}
	assert.Zero(t, s.Len())
}

func TestFindAllocatesNothing(t *testing.T) {
	var r Registry[int]
	r.Join([]byte("channel"), 1)
	name := []byte("channel")
	assert.Zero(t, testing.AllocsPerRun(100, func() { r.Find(name) }))
}
