package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"slices"
	"time"
)

// referring stands before a server that is loaded, and writes which medicine a record is about into a Medication of its own, as many
// suppliers do and the golden ledger does not. It returns the base URL to load through, and what stops it.
func referring(ctx context.Context, base string) (through string, stop func(), err error) {
	behind, err := url.Parse(base)
	if err != nil {
		return "", nil, fmt.Errorf("read the address of the server: %w", err)
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", nil, fmt.Errorf("stand before the server: %w", err)
	}
	proxy := httputil.NewSingleHostReverseProxy(&url.URL{Scheme: behind.Scheme, Host: behind.Host})
	proxy.ModifyResponse = func(answer *http.Response) error {
		sent, ok := answer.Request.Context().Value(entries{}).(int)
		if !ok || answer.StatusCode != http.StatusOK {
			return nil
		}
		// Whoever loads knows nothing of the Medications that were put behind what it sent.
		return rewrite(&answer.Body, answer.Header, func(bundle map[string]any) {
			if all, _ := bundle["entry"].([]any); len(all) > sent {
				bundle["entry"] = all[:sent]
			}
		})
	}
	server := &http.Server{ReadHeaderTimeout: time.Minute, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.Header.Del("Accept-Encoding") // the answer is read here
		if r.Method == http.MethodPost && r.URL.Path == behind.Path {
			sent := 0
			if err := rewrite(&r.Body, r.Header, func(bundle map[string]any) {
				all, _ := bundle["entry"].([]any)
				sent, bundle["entry"] = len(all), append(all, medications(all)...)
			}); err != nil {
				http.Error(w, err.Error(), http.StatusBadRequest)
				return
			}
			r.ContentLength = -1
			r = r.WithContext(context.WithValue(r.Context(), entries{}, sent))
		}
		proxy.ServeHTTP(w, r)
	})}
	go func() { _ = server.Serve(listener) }() // it ends when it is closed
	return "http://" + listener.Addr().String() + behind.Path, func() { _ = server.Close() }, nil
}

// entries is the key of how many entries a Bundle had when it came.
type entries struct{}

// rewrite changes a JSON object in the body of a message.
func rewrite(body *io.ReadCloser, header http.Header, change func(map[string]any)) error {
	text, err := io.ReadAll(*body)
	if err := errors.Join(err, (*body).Close()); err != nil {
		return err
	}
	var object map[string]any
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	if err := decoder.Decode(&object); err != nil {
		return err
	}
	change(object)
	if text, err = json.Marshal(object); err != nil {
		return err
	}
	header.Del("Content-Length")
	*body = io.NopCloser(bytes.NewReader(text))
	return nil
}

// medications moves which medicine the resources of entries are about into Medications, and returns the entries of those.
func medications(all []any) []any {
	made := map[string]any{}
	for _, entry := range all {
		object, _ := entry.(map[string]any)
		resource, _ := object["resource"].(map[string]any)
		code, ok := resource["medicationCodeableConcept"]
		if !ok {
			continue
		}
		text, err := json.Marshal(code)
		if err != nil {
			continue
		}
		sum := sha256.Sum256(text)
		id := "medicine-" + hex.EncodeToString(sum[:10])
		delete(resource, "medicationCodeableConcept")
		resource["medicationReference"] = map[string]any{"reference": "Medication/" + id}
		made[id] = code
	}
	var further []any
	for _, id := range slices.Sorted(maps.Keys(made)) {
		further = append(further, map[string]any{
			"resource": map[string]any{"resourceType": "Medication", "id": id, "code": made[id]},
			"request":  map[string]any{"method": http.MethodPut, "url": "Medication/" + id},
		})
	}
	return further
}
