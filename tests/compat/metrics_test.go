package compat

import (
	"net"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus/testutil/promlint"
	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
	"github.com/stretchr/testify/require"

	"solokv/tests/harness"
)

// TestMetrics: Prometheus's own parser reads what the admin port tells, and its linter
// has nothing to say about names, types and help.
func TestMetrics(t *testing.T) {
	ln, err := net.Listen("tcp4", "127.0.0.1:0")
	require.NoError(t, err)
	port := ln.Addr().(*net.TCPAddr).Port
	require.NoError(t, ln.Close())
	c := harness.Start(t, harness.SoloKV(t), "--appendonly", "yes", "--admin-port", strconv.Itoa(port)).Dial()
	c.MustDo("SET", "k", "v", "EX", "100")
	c.MustDo("GET", "k")
	reply, err := c.Do("EVAL", "return redis.error_reply('\"a\\\\b\\255 x')", "0")
	require.NoError(t, err)
	require.True(t, reply.IsError())

	r, err := http.Get("http://127.0.0.1:" + strconv.Itoa(port) + "/metrics")
	require.NoError(t, err)
	defer r.Body.Close()
	require.Equal(t, http.StatusOK, r.StatusCode)
	require.Equal(t, expfmt.NewFormat(expfmt.TypeTextPlain), expfmt.ResponseFormat(r.Header))
	parser := expfmt.NewTextParser(model.LegacyValidation)
	families, err := parser.TextToMetricFamilies(r.Body)
	require.NoError(t, err)
	var list []*dto.MetricFamily
	for name, family := range families {
		require.NotEmpty(t, family.GetHelp(), name)
		list = append(list, family)
	}
	problems, err := promlint.NewWithMetricFamilies(list).Lint()
	require.NoError(t, err)
	for _, p := range problems {
		// process_open_fds and process_max_fds are what the library itself calls them.
		require.True(t, strings.HasPrefix(p.Metric, "process_"), "%s: %s", p.Metric, p.Text)
	}

	found := map[string]float64{}
	for _, m := range families["solokv_command_calls_total"].GetMetric() {
		found[m.GetLabel()[0].GetValue()] = m.GetCounter().GetValue()
	}
	require.Equal(t, 1.0, found["get"])
	for _, m := range families["solokv_command_duration_seconds"].GetMetric() {
		h := m.GetHistogram()
		require.Equal(t, h.GetSampleCount(), h.GetBucket()[len(h.GetBucket())-1].GetCumulativeCount())
	}
	var errors []string
	for _, m := range families["solokv_error_replies_total"].GetMetric() {
		errors = append(errors, m.GetLabel()[0].GetValue())
	}
	require.Contains(t, errors, `"a\b?`)
}
