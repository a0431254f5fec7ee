package hostile

import (
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"solokv/tests/harness"
)

var (
	seed = flag.Uint64("seed", 1, "which bytes are sent")
	last = flag.Duration("for", 7*time.Second, "how long all attacks together last")
)

func TestMain(m *testing.M) { harness.Main(m) }

// clientsMax is maxclients of the server: the attack that opens more is refused.
const clientsMax = 500

// TestHostile runs all attacks one after the other, against the same server.
func TestHostile(t *testing.T) {
	issuer := harness.NewAuthority(t)
	tlsPort := freePort(t)
	args := append(issuer.Directives(), "--appendonly", "no", "--save", "",
		"--maxclients", fmt.Sprint(clientsMax), "--client-query-buffer-limit", "8mb", "--tls-port", fmt.Sprint(tlsPort))
	s := harness.Start(t, harness.SoloKV(t), args...)
	control := s.Dial()
	control.MustDo("SET", "large", strings.Repeat("v", valueBytes))
	w := &witness{t: t, client: s.Dial()}
	w.client.MustDo("PING") // from here on its connection is one of the server's descriptors
	t.Logf("%-26s %7s %7s %7s %7s %7s %7s %9s %9s", "attack", "RSS MB", "peak", "after", "fds", "peak", "after",
		"p50", "p99.9")
	first := usageOf(t, s)
	for i, a := range attacks {
		addr := s.Addr()
		if a.secure {
			addr = net.JoinHostPort("127.0.0.1", fmt.Sprint(tlsPort))
		}
		a.against(t, s, control, w, addr, rand.New(rand.NewPCG(*seed, uint64(i))))
	}
	assert.Eventually(t, func() bool { return usageOf(t, s).rssBytes-first.rssBytes < floorBytes }, settleMax,
		100*time.Millisecond, "memory returns to the system")
}

func freePort(t *testing.T) int {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer ln.Close()
	return ln.Addr().(*net.TCPAddr).Port
}

// against lets the attack last, and checks what must hold.
func (a *attack) against(t *testing.T, s *harness.Server, control *harness.Client, w *witness, addr string, random *rand.Rand) {
	before := usageOf(t, s)
	stop := make(chan struct{})
	var beside, attackers sync.WaitGroup
	var peak usage
	w.waits = w.waits[:0]
	beside.Go(func() { w.work(stop) })
	beside.Go(func() { peak = watch(t, s, stop) })
	var errors, refused atomic.Int64
	end := time.Now().Add(*last / time.Duration(len(attacks)))
	for range a.clients {
		own := rand.New(rand.NewPCG(random.Uint64(), 1))
		attackers.Go(func() {
			for again := true; again && time.Now().Before(end); again = a.short {
				a.visit(addr, end, own, &errors, &refused)
			}
		})
	}
	attackers.Wait()
	close(stop)
	beside.Wait()

	assert.NotEmpty(t, w.waits, "%s: the witness was served", a.name)
	assert.Less(t, peak.rssBytes-before.rssBytes, a.growMax, "%s: memory is bounded", a.name)
	if a.errors != "" {
		assert.Positive(t, errors.Load(), "%s: it is told what is wrong", a.name)
	}
	if a.clients > clientsMax {
		assert.Positive(t, refused.Load(), "%s: some are refused", a.name)
	}
	settle(t, a, s, control, before)
	after := usageOf(t, s)
	t.Logf("%-26s %7d %7d %7d %7d %7d %7d %9v %9v", a.name, before.rssBytes/mb, peak.rssBytes/mb, after.rssBytes/mb,
		before.descriptors, peak.descriptors, after.descriptors, w.percentile(0.5).Round(10*time.Microsecond),
		w.percentile(0.999).Round(10*time.Microsecond))
}

// settleMax bounds how long what was used may take to be given back.
const settleMax = 20 * time.Second

// settle waits until the server uses no more than before.
func settle(t *testing.T, a *attack, s *harness.Server, control *harness.Client, before usage) {
	t.Helper()
	var now usage
	var clients string
	quiet := 0 // looks: connections that were not accepted yet may come after one
	for end := time.Now().Add(settleMax); quiet < 10 && time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		now, clients = usageOf(t, s), control.MustDo("CLIENT", "LIST").Text
		quiet++
		if now.descriptors > before.descriptors || strings.Count(clients, "\n") != 2 {
			quiet = 0
		}
	}
	assert.LessOrEqual(t, now.descriptors, before.descriptors, "%s: descriptors return", a.name)
	assert.Equal(t, 2, strings.Count(clients, "\n"), "%s: its clients are forgotten", a.name)
	held := control.MustDo("INFO", "memory").Text
	var bytes int64
	_, tail, _ := strings.Cut(held, "mem_clients_normal:")
	_, err := fmt.Sscan(tail, &bytes)
	require.NoError(t, err)
	assert.Less(t, bytes, int64(2*mb), "%s: nothing is held for them", a.name)
}

// visit is one connection of the attack.
func (a *attack) visit(addr string, end time.Time, random *rand.Rand, errors, refused *atomic.Int64) {
	conn, err := net.DialTimeout("tcp", addr, time.Until(end)+time.Second)
	if err != nil {
		return
	}
	defer conn.Close()
	_ = conn.SetDeadline(end)
	switch {
	case a.errors != "":
		a.run(conn, random)
		_ = conn.SetReadDeadline(end)
		if text, _ := io.ReadAll(conn); strings.HasPrefix(string(text), a.errors) {
			errors.Add(1)
		}
	case a.clients > clientsMax:
		text, _ := io.ReadAll(conn)
		if string(text) == "-ERR max number of clients reached\r\n" {
			refused.Add(1)
		}
	case a.short:
		a.run(conn, random)
	default:
		a.run(&deadlined{conn, end}, random)
	}
}
