package config

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"unicode"
)

// Flags returns the arguments of "concord run" that make this configuration of a base, each as --name=value: one for every
// setting that differs, and the seed always. What a run selects (Suites, Checks, Providers) and where it writes are left out,
// because whoever asks a part of it again says so anew; systems and their headers can stand in a file only.
func (c *Config) Flags(base Config) []string {
	var flags []string
	now, before := reflect.ValueOf(*c), reflect.ValueOf(base)
	for i := range now.NumField() {
		field := now.Type().Field(i)
		if !field.IsExported() {
			continue
		}
		value, ok := flagValue(now.Field(i))
		if !ok || slices.Contains([]string{"Systems", "Suites", "Checks", "Providers", "Out"}, field.Name) {
			continue
		}
		if was, _ := flagValue(before.Field(i)); value != was || field.Name == "Seed" {
			flags = append(flags, "--"+flagName(field.Tag.Get("yaml"))+"="+value)
		}
	}
	slices.Sort(flags)
	return flags
}

// flagValue is a setting as it is written on a command line; false for one that no flag can hold.
func flagValue(v reflect.Value) (string, bool) {
	switch v := v.Interface().(type) {
	case []string:
		return strings.Join(v, ","), true
	case fmt.Stringer:
		return v.String(), true
	default:
		return fmt.Sprint(v), reflect.ValueOf(v).Kind() != reflect.Slice && reflect.ValueOf(v).Kind() != reflect.Map && reflect.ValueOf(v).Kind() != reflect.Struct
	}
}

// flagName is the flag of a key: witnessTimeout is --witness-timeout. Defects are given one by one, so their flag is --defect.
func flagName(key string) string {
	if key == "defects" {
		return "defect"
	}
	var b strings.Builder
	for _, r := range key {
		if unicode.IsUpper(r) {
			b.WriteByte('-')
		}
		b.WriteRune(unicode.ToLower(r))
	}
	return b.String()
}
