package config

// Observation is what the server notes about itself.
type Observation struct {
	SlowlogLogSlowerThan           int // microseconds; below zero: off
	SlowlogMaxLen                  int
	LatencyMonitorThreshold        int // milliseconds; 0: off
	LatencyTracking                bool
	LatencyTrackingInfoPercentiles []float64
}

func (o *Observation) directives() []Directive {
	return []Directive{
		intDirective("slowlog-log-slower-than", &o.SlowlogLogSlowerThan, 10000, -1, longMax, 0),
		intDirective("slowlog-max-len", &o.SlowlogMaxLen, 128, 0, longMax, 0),
		intDirective("latency-monitor-threshold", &o.LatencyMonitorThreshold, 0, 0, longMax, 0),
		boolDirective("latency-tracking", &o.LatencyTracking, true, 0),
		percentilesDirective("latency-tracking-info-percentiles", &o.LatencyTrackingInfoPercentiles,
			[]float64{50, 99, 99.9}),
	}
}
