package main

import (
	"bytes"
	"context"
	"encoding/csv"
	"fmt"
	"net"
	"os/exec"
	"strconv"
	"time"
)

// benchmarkRows ask redis-benchmark for the throughput rows, as a check on the generator.
func benchmarkRows(s settings, needs setup) []row {
	var list []row
	for _, l := range []load{
		{request: setRequest, connections: clientsUsual, pipeline: 64},
		{request: getRequest, connections: clientsUsual, pipeline: 64},
		{request: setRequest, connections: clientsUsual, pipeline: 16},
		{request: getRequest, connections: clientsUsual, pipeline: 16},
		{request: setRequest, connections: clientsUsual, pipeline: 1},
		{request: getRequest, connections: clientsUsual, pipeline: 1},
		{request: incrRequest, connections: clientsUsual, pipeline: 16},
		{request: msetRequest, connections: clientsUsual, pipeline: 1},
	} {
		l.keys = needs.keys
		list = append(list, row{
			name: fmt.Sprintf("check-%s-p%d", l.request.benchmarkTest, l.pipeline), title: describe(l),
			kind: kindBenchmark, setup: needs,
			measure: func(ctx context.Context, target *server) (sample, error) { return crossCheck(ctx, target, l, s) },
		})
	}
	return list
}

// benchmarkTimeout bounds one run of redis-benchmark, which would wait for a stalled server for ever.
const benchmarkTimeout = 5 * time.Minute

// crossCheck runs redis-benchmark, which wants a number of requests instead of a time: about as many as our own
// generator got answered in half of it.
func crossCheck(ctx context.Context, target *server, l load, s settings) (sample, error) {
	own, err := l.drive(ctx, target, s.clientLoops, s.duration()/2)
	if err != nil {
		return nil, err
	}
	requests := max(int64(own.requestsPerSecond()*s.Seconds), int64(l.connections*l.pipeline))
	_, port, err := net.SplitHostPort(target.address)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, benchmarkTimeout)
	defer cancel()
	command := exec.CommandContext(ctx, s.redisBenchmarkPath,
		"-p", port, "-t", l.request.benchmarkTest, "-c", strconv.Itoa(l.connections), "-P", strconv.Itoa(l.pipeline),
		"-n", strconv.FormatInt(requests, 10), "-r", strconv.Itoa(l.keys), "--csv")
	var output bytes.Buffer
	command.Stdout = &output
	before, err := readCPU(target.pid)
	if err != nil {
		return nil, err
	}
	if err := command.Run(); err != nil {
		return nil, fmt.Errorf("redis-benchmark: %w: %s", err, output.Bytes())
	}
	after, err := readCPU(target.pid)
	if err != nil {
		return nil, err
	}
	result, err := parseBenchmark(output.String())
	if err != nil {
		return nil, err
	}
	result.addCPU(after.minus(before), requests)
	return result, nil
}

// parseBenchmark reads redis-benchmark's CSV output: a line of column names and a line of values.
func parseBenchmark(text string) (sample, error) {
	lines, err := csv.NewReader(bytes.NewReader([]byte(text))).ReadAll()
	if err != nil || len(lines) != 2 {
		return nil, fmt.Errorf("redis-benchmark: unexpected output %q (%v)", text, err)
	}
	const usPerMs = 1000
	columns := map[string]struct {
		metric metric
		scale  float64
	}{
		"rps":            {metricRate, 1},
		"p50_latency_ms": {metricP50, usPerMs},
		"p99_latency_ms": {metricP99, usPerMs},
		"max_latency_ms": {metricMax, usPerMs},
	}
	result := sample{}
	for i, name := range lines[0] {
		column, wanted := columns[name]
		if !wanted {
			continue
		}
		value, err := strconv.ParseFloat(lines[1][i], 64)
		if err != nil {
			return nil, fmt.Errorf("redis-benchmark: %s: %w", name, err)
		}
		result[column.metric.name] = value * column.scale
	}
	if len(result) != len(columns) {
		return nil, fmt.Errorf("redis-benchmark: columns are missing in %q", text)
	}
	return result, nil
}
