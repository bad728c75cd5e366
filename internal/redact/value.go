package redact

import "reflect"

// Value takes secrets out of every text in what a pointer leads to: strings, bytes, the keys and values of maps, through
// slices, structs, interfaces and pointers, but for fields that are not exported. What it leads to must be a tree.
func (r *Redactor) Value(pointer any) {
	if r == nil || r.known.Load() == nil {
		return
	}
	r.walk(reflect.ValueOf(pointer))
}

func (r *Redactor) walk(v reflect.Value) {
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			r.walk(v.Elem())
		}
	case reflect.String:
		if v.CanSet() {
			if text := v.String(); text != "" {
				v.SetString(r.Text(text))
			}
		}
	case reflect.Struct:
		for i := range v.NumField() {
			r.walk(v.Field(i))
		}
	case reflect.Slice:
		if v.Type().Elem().Kind() == reflect.Uint8 {
			if v.CanSet() && v.Len() > 0 {
				v.SetBytes([]byte(r.Text(string(v.Bytes()))))
			}
			return
		}
		for i := range v.Len() {
			r.walk(v.Index(i))
		}
	case reflect.Array:
		for i := range v.Len() {
			r.walk(v.Index(i))
		}
	case reflect.Map:
		r.walkMap(v)
	case reflect.Interface:
		if v.IsNil() || !v.CanSet() {
			return
		}
		v.Set(r.copied(v.Elem()))
	default: // numbers and the like hold no text
	}
}

// walkMap replaces entries, because those of a map cannot be changed in place.
func (r *Redactor) walkMap(v reflect.Value) {
	if v.IsNil() || !v.CanInterface() {
		return
	}
	for _, key := range v.MapKeys() {
		name, value := r.copied(key), r.copied(v.MapIndex(key))
		v.SetMapIndex(key, reflect.Value{})
		v.SetMapIndex(name, value)
	}
}

// copied returns a value that can be changed, with its secrets taken out.
func (r *Redactor) copied(v reflect.Value) reflect.Value {
	changed := reflect.New(v.Type()).Elem()
	changed.Set(v)
	r.walk(changed)
	return changed
}
