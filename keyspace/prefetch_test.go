package keyspace_test

import (
	"fmt"
	"math"
	"math/rand"
	"testing"

	"github.com/stretchr/testify/require"

	"solokv/keyspace"
	"solokv/keyspace/command"
	"solokv/protocol"
)

func TestElementPlace(t *testing.T) {
	table := keyspace.NewTable(command.Table())
	f := func(name string, place int) {
		t.Helper()
		require.Equal(t, place, table.Lookup([]byte(name)).ElementPlace(), name)
	}
	f("hget", 2)
	f("hset", 2)
	f("sadd", 2)
	f("zadd", 3)
	f("zincrby", 3)
	f("zscore", 2)
	f("smove", 3)
	f("geoadd", 4)
	f("get", 0)
	f("lpush", 0)
	f("zrange", 0)
}

// Loads ahead are a guess: pipelines that delete, replace and refill the collections
// that they were made for are answered as without them.
func TestPrefetchChangesNothing(t *testing.T) {
	ahead, plain := newServer(t, nil), newServer(t, nil)
	ahead.SetPrefetchMin(0)
	plain.SetPrefetchMin(math.MaxInt)
	random := rand.New(rand.NewSource(1))
	for range 300 {
		var input []byte
		for range 1 + random.Intn(100) {
			input = protocol.AppendCommandStrings(input, randomElementRequest(random)...)
		}
		require.Equal(t, plain.client.send(input), ahead.client.send(append([]byte(nil), input...)))
	}
}

func randomElementRequest(random *rand.Rand) []string {
	key := fmt.Sprint("key:", random.Intn(3))
	element := fmt.Sprint("element:", random.Intn(1000))
	forms := [][]string{{"HSET", key, element, "1"}, {"HGET", key, element}, {"HDEL", key, element},
		{"SADD", key, element}, {"SISMEMBER", key, element}, {"SREM", key, element},
		{"ZADD", key, "1", element}, {"ZSCORE", key, element}, {"ZREM", key, element}}
	switch random.Intn(200) {
	case 0:
		return []string{"DEL", key}
	case 1:
		return []string{"RENAME", key, "key:0"}
	case 2:
		return []string{"SET", key, element}
	case 3:
		return []string{"HSET", key}
	default:
		return forms[random.Intn(len(forms))]
	}
}
