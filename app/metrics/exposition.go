package metrics

import (
	"bytes"
	"strconv"
	"strings"
)

// contentType names the text format, version and all, for whoever scrapes:
// https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format .
const contentType = "text/plain; version=0.0.4; charset=utf-8"

// kind says how the samples of a metric are to be read.
type kind string

// The kinds, https://prometheus.io/docs/concepts/metric_types/ .
const (
	counter   kind = "counter"
	gauge     kind = "gauge"
	histogram kind = "histogram"
)

// metric is one name with all of its samples.
type metric struct {
	name, help string // the name without the prefix of this program
	kind       kind
	samples    []sample
}

// sample is one number. Its name is that of the metric with suffix behind it, which
// the parts of a histogram have.
type sample struct {
	suffix string
	labels []label
	value  float64
}

// label tells one sample of a metric from the others.
type label struct{ name, value string }

// add appends a sample with that value.
func (m *metric) add(value float64, labels ...label) {
	m.samples = append(m.samples, sample{labels: labels, value: value})
}

// addCount appends a sample of a number of things.
func (m *metric) addCount(n uint64, labels ...label) { m.add(float64(n), labels...) }

// The characters that the format gives a meaning, in a help text and in the value of a
// label.
var (
	helpEscaper  = strings.NewReplacer(`\`, `\\`, "\n", `\n`)
	valueEscaper = strings.NewReplacer(`\`, `\\`, "\n", `\n`, `"`, `\"`)
)

// expose writes the metrics in the text format. A metric without samples is left out.
func expose(metrics []metric) []byte {
	var b bytes.Buffer
	for _, m := range metrics {
		if len(m.samples) == 0 {
			continue
		}
		name := prefix + m.name
		b.WriteString("# HELP " + name + " " + helpEscaper.Replace(m.help) + "\n")
		b.WriteString("# TYPE " + name + " " + string(m.kind) + "\n")
		for _, s := range m.samples {
			b.WriteString(name + s.suffix)
			writeLabels(&b, s.labels)
			b.WriteString(" " + number(s.value) + "\n")
		}
	}
	return b.Bytes()
}

func writeLabels(b *bytes.Buffer, labels []label) {
	if len(labels) == 0 {
		return
	}
	separator := "{"
	for _, l := range labels {
		b.WriteString(separator + l.name + `="` + valueEscaper.Replace(l.value) + `"`)
		separator = ","
	}
	b.WriteString("}")
}

// number writes a value so that reading it gives the same value.
func number(v float64) string { return strconv.FormatFloat(v, 'g', -1, 64) }
