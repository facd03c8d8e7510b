package tokentest

import (
	"encoding/base64"
	"fmt"
	"strings"
)

// Hostile returns texts no longer than a token that hold very many values or levels.
func Hostile() map[string]string {
	const room = 45_000
	members := func(value string) string {
		var b strings.Builder
		for i := 0; b.Len() < room; i++ {
			fmt.Fprintf(&b, `,"m%d":%s`, i, value)
		}
		return `{"a":1` + b.String() + "}"
	}
	list := func(value string) string { return "[" + strings.Repeat(value+",", room/(len(value)+1)) + value + "]" }
	return map[string]string{
		"deep arrays":       `{"d":` + strings.Repeat("[", 9000) + strings.Repeat("]", 9000) + "}",
		"deep objects":      strings.Repeat(`{"d":`, 7000) + "1" + strings.Repeat("}", 7000),
		"deep as may be":    `{"d":[` + strings.Repeat(strings.Repeat("[", 17)+strings.Repeat("]", 17)+",", 270) + "1]}",
		"many numbers":      `{"d":` + list("1") + "}",
		"as many as may be": `{"d":[` + strings.Repeat("1,", 4990) + "1]}",
		"many members":      members("1"),
		"many empty ones":   members("{}"),
		"control characters": `{"d":"` + strings.Repeat(`\u0001`, room/6) + `","amr":["` + strings.Repeat(`\u202e`, 3000) + `"],"aud":"` +
			strings.Repeat(`\u001b`, 3000) + `","oid":"` + strings.Repeat("\u202e", 3000) + `"}`,
		"quotes":       `{"sub":"` + strings.Repeat(`\"`, 9000) + `","oid":"` + strings.Repeat(`<`, 20000) + `"}`,
		"amr of many":  `{"amr":` + distinct(4900) + `,"sub":"x","oid":"y"}`,
		"huge number":  `{"exp":` + strings.Repeat("9", room) + `,"iat":1e999999999,"auth_time":-1e-999999999}`,
		"long names":   `{"` + strings.Repeat("n", room/2) + `":1,"` + strings.Repeat("m", room/2) + `":2}`,
		"name twice":   `{"` + strings.Repeat("n", room/2) + `":1,"` + strings.Repeat("n", room/2) + `":2}`,
		"audiences":    `{"aud":` + distinct(4900) + "}",
		"text in text": `{"d":"` + strings.Repeat("[", room) + `"}`,
		"no end":       `{"d":"` + strings.Repeat("[", room),
	}
}

func distinct(n int) string {
	values := make([]string, n)
	for i := range values {
		values[i] = fmt.Sprintf(`"v%d"`, i)
	}
	return "[" + strings.Join(values, ",") + "]"
}

// Unsigned returns a token without a signature.
func Unsigned(header, claims string) string {
	part := base64.RawURLEncoding.EncodeToString
	return part([]byte(header)) + "." + part([]byte(claims)) + "." + part([]byte("x"))
}

// MostOutput returns how long, in bytes, a report may be for an input of that length.
func MostOutput(input int) int { return 20*input + 1<<20 }
