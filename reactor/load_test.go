package reactor

import (
	"fmt"
	"math/rand/v2"
	"net"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestConcurrentLoad: many clients with pipelines of all lengths; each sees its
// own requests answered in order, and what all have done together adds up.
func TestConcurrentLoad(t *testing.T) {
	const (
		clients = 12
		rounds  = 60
	)
	in(t, all, func(t *testing.T, n *node) {
		var sum atomic.Int64
		var wg sync.WaitGroup
		for i := range clients {
			c := n.dial()
			random := rand.New(rand.NewPCG(uint64(i), 1))
			wg.Go(func() {
				own := int64(0)
				for range rounds {
					length := 1 + random.IntN(1<<random.IntN(11))
					pipeline(t, c, fmt.Sprint("own:", i), &own, length)
					sum.Add(int64(length))
				}
			})
		}
		wg.Wait()
		assert.Equal(t, fmt.Sprint(sum.Load()), n.dial().do("GET", "shared"))
	})
}

// pipeline increments a key of the client's own and one of all clients, length
// times.
func pipeline(t *testing.T, c *peer, key string, own *int64, length int) {
	var out []byte
	for range length {
		out = append(append(out, request("INCR", key)...), request("INCR", "shared")...)
	}
	go c.Write(out)
	before := int64(0)
	for range length {
		*own++
		v, err := c.Receive(waitMax)
		if !assert.NoError(t, err) || !assert.Equal(t, *own, v.Int) {
			return
		}
		v, err = c.Receive(waitMax)
		if !assert.NoError(t, err) || !assert.Greater(t, v.Int, before) {
			return
		}
		before = v.Int
	}
}

// TestChurn: connections come and go in every manner while others work.
func TestChurn(t *testing.T) {
	const (
		comers = 4
		visits = 150
	)
	in(t, all, func(t *testing.T, n *node) {
		worker := n.dial()
		done := make(chan struct{})
		var wg sync.WaitGroup
		for i := range comers {
			wg.Go(func() {
				for k := range visits {
					visit(t, n, (i+k)%4)
				}
			})
		}
		go func() {
			wg.Wait()
			close(done)
		}()
		own := int64(0)
		for working := true; working; {
			select {
			case <-done:
				working = false
			default:
				pipeline(t, worker, "own", &own, 50)
			}
		}
		eventually(t, func() bool { // some may have gone before they were accepted
			return n.Live.Load() == 1 && len(splitLines(worker.do("CLIENT", "LIST"))) == 1
		}, "all visitors are forgotten")
	})
}

// visit opens a connection and ends it: after a reply, by QUIT, without reading,
// or by a reset in the midst of a request.
func visit(t *testing.T, n *node, manner int) {
	c := n.dial()
	defer c.Close()
	var err error
	switch manner {
	case 0:
		_, err = c.Client.Do("SET", "visitor", "0")
	case 1:
		_, err = c.Client.Do("QUIT")
	case 2:
		err = c.SendRaw(request("GET", "visitor"))
	case 3:
		c.socket().SetLinger(0)
		err = c.SendRaw([]byte("*3\r\n$3\r\nSET\r\n$7\r\nvis"))
	}
	assert.NoError(t, err)
}

// TestStopUnderLoad: the node ends while everybody is busy; no reply tells of a
// request that was executed after the last one.
func TestStopUnderLoad(t *testing.T) {
	in(t, all, func(t *testing.T, n *node) {
		var wg sync.WaitGroup
		for i := range 8 {
			c := n.dial()
			wg.Go(func() {
				for k := 1; ; k++ {
					v, err := c.Do("INCR", fmt.Sprint("own:", i))
					if err != nil {
						return
					}
					assert.Equal(t, int64(k), v.Int)
				}
			})
		}
		time.Sleep(50 * time.Millisecond)
		began := time.Now()
		n.end()
		wg.Wait()
		assert.Less(t, time.Since(began), stopWait)
		assert.NotContains(t, n.log.String(), "did not answer")
		_, err := net.Dial("tcp", n.addr)
		require.Error(t, err)
	})
}
