package main

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestParseOptions(t *testing.T) {
	o, err := parseOptions([]string{"-quick", "-rounds", "2", "-peer", "a=x -y", "-peer", "b=chroot /r z"})
	require.NoError(t, err)
	require.Equal(t, 1.0, o.seconds, "quick sets what is not given")
	require.Equal(t, 2, o.rounds)
	require.Equal(t, []contender{{"a", []string{"x", "-y"}}, {"b", []string{"chroot", "/r", "z"}}}, o.peers)

	for _, args := range [][]string{
		{"stray"}, {"-seconds", "0"}, {"-seconds", "1e9"}, {"-rounds", "0"}, {"-peer", "x"}, {"-peer", "=x"}, {"-peer", "x="},
		{"-peer", soloName + "=x"},
	} {
		_, err := parseOptions(args)
		require.Error(t, err, "%v", args)
	}
}

func TestContenderRoot(t *testing.T) {
	f := func(want string, command ...string) {
		t.Helper()
		require.Equal(t, want, contender{command: command}.root())
	}
	f("/", "redis-server")
	f("/srv/sid", "chroot", "/srv/sid", "redis-server")
	f("/srv/sid", "/usr/sbin/chroot", "--userspec=0:0", "/srv/sid", "redis-server")
}

func TestParseCores(t *testing.T) {
	f := func(list string, want ...int) {
		t.Helper()
		got, err := parseCores(list)
		require.NoError(t, err)
		require.Equal(t, want, got)
	}
	f("")
	f("3", 3)
	f("0-2,5", 0, 1, 2, 5)
	for _, list := range []string{"x", "2-1", "-1", "1,,2", "0-99999"} {
		_, err := parseCores(list)
		require.Error(t, err, "%q", list)
	}
}

func TestWithout(t *testing.T) {
	f := func(cores, taken []int, countMax int, want ...int) {
		t.Helper()
		require.Equal(t, want, without(cores, taken, countMax))
	}
	f([]int{0, 1, 2, 3}, []int{0}, 2, 1, 2)
	f([]int{0, 1}, nil, 1, 0)
	f([]int{0}, []int{0}, 4, 0) // a core has to be shared if there is only one
}

func TestRowsAreNamedApart(t *testing.T) {
	names := map[string]bool{}
	all := rows(settings{WithRedisBenchmark: true})
	for _, r := range all {
		require.False(t, names[r.name], r.name)
		names[r.name] = true
		require.NotEmpty(t, r.kind.metrics)
	}
	picked, err := pickRows(all, "^get-p1$|^idle")
	require.NoError(t, err)
	require.Len(t, picked, 3)
	_, err = pickRows(all, "no such row")
	require.Error(t, err)
	_, err = pickRows(all, "(")
	require.Error(t, err)
}

func TestParseBenchmark(t *testing.T) {
	got, err := parseBenchmark(`"test","rps","avg_latency_ms","min_latency_ms","p50_latency_ms","p95_latency_ms",` +
		`"p99_latency_ms","max_latency_ms"` + "\n" + `"SET","1000.50","0.3","0.1","0.255","0.4","0.500","2.500"` + "\n")
	require.NoError(t, err)
	require.Equal(t, sample{
		metricRate.name: 1000.5, metricP50.name: 255, metricP99.name: 500, metricMax.name: 2500,
	}, got)
	for _, text := range []string{
		"", "rps\n", "rps\n1\n", "rps,p50_latency_ms,p99_latency_ms,max_latency_ms\n1,2,3,x\n",
	} {
		_, err := parseBenchmark(text)
		require.Error(t, err, "%q", text)
	}
}
