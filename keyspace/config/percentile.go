package config

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// percentilesDirective is a list of percentiles, within [0, 100].
func percentilesDirective(name string, field *[]float64, byDefault []float64) Directive {
	text := func(percentiles []float64) string {
		texts := make([]string, len(percentiles))
		for i, p := range percentiles {
			texts[i] = formatPercentile(p)
		}
		return strings.Join(texts, " ")
	}
	return newDirective(name, field, byDefault, MultiArg|AlwaysWrite, kind[[]float64]{
		parse: func(args []string) ([]float64, error) {
			if len(args) == 1 && args[0] == "" {
				return nil, nil
			}
			percentiles := make([]float64, len(args))
			for i, arg := range args {
				p, err := strconv.ParseFloat(arg, 64)
				switch {
				case err != nil || math.IsNaN(p):
					return nil, fmt.Errorf("Invalid %s parameters", name)
				case p < 0 || p > 100:
					return nil, fmt.Errorf("%s parameters should sit between [0.0,100.0]", name)
				}
				percentiles[i] = p + 0 // "-0" is 0
			}
			return percentiles, nil
		},
		text: text,
		lines: func(percentiles []float64) []string {
			if len(percentiles) == 0 {
				return []string{`""`}
			}
			return []string{text(percentiles)}
		},
	})
}

// formatPercentile writes up to six decimals and no trailing zeros.
func formatPercentile(p float64) string {
	s := strconv.FormatFloat(p, 'f', 6, 64)
	return strings.TrimRight(strings.TrimRight(s, "0"), ".")
}
