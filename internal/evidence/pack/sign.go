package pack

import (
	"bytes"
	"context"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/secure-systems-lab/go-securesystemslib/dsse"
	"github.com/secure-systems-lab/go-securesystemslib/signerverifier"
)

// Key is an Ed25519 or ECDSA key, public or private.
type Key struct {
	// ID is derived from the public key alone, so one key has one id, however its file is written.
	ID string
	// From says where the key was read.
	From    string
	private bool
	dsse.SignerVerifier
}

// mostKey bounds what is read of a file with a key, in bytes.
const mostKey = 64 << 10

// ReadKey reads a key from a PEM file: PKCS #8, SEC 1 or PKIX. The error never quotes the file.
func ReadKey(path string) (Key, error) {
	file, err := os.Open(path) //nolint:gosec // the person who signs names the file
	if err != nil {
		return Key{}, fmt.Errorf("read the key: %w", err)
	}
	defer file.Close() //nolint:errcheck // it was only read
	text, err := io.ReadAll(io.LimitReader(file, mostKey))
	if err != nil {
		return Key{}, fmt.Errorf("read the key: %w", err)
	}
	return ParseKey(text, path)
}

// ParseKey reads a key from PEM; from says where it comes from. The error never quotes the text.
func ParseKey(text []byte, from string) (Key, error) {
	fail := func(why string) (Key, error) {
		return Key{}, fmt.Errorf("read the key %s: %s; make one with \"openssl genpkey -algorithm ed25519 -out key.pem\" and \"openssl pkey -in key.pem -pubout -out key.pub.pem\"", from, why)
	}
	if bytes.Contains(text, []byte("ENCRYPTED")) {
		return fail("it is encrypted: decrypt it into a place of its own first")
	}
	loaded, err := signerverifier.LoadKey(text)
	if err != nil {
		return fail("it is no Ed25519 or ECDSA key in PEM")
	}
	key := Key{ID: loaded.KeyID, From: from, private: loaded.KeyVal.Private != ""}
	switch loaded.KeyType {
	case signerverifier.ED25519KeyType:
		key.SignerVerifier, err = signerverifier.NewED25519SignerVerifierFromSSLibKey(loaded)
	case signerverifier.ECDSAKeyType:
		key.SignerVerifier, err = signerverifier.NewECDSASignerVerifierFromSSLibKey(loaded)
	default:
		return fail("it is a key of the kind " + loaded.KeyType + ", and Ed25519 and ECDSA are read")
	}
	if err != nil {
		return fail("it cannot be used")
	}
	return key, nil
}

// PublicPEM writes the public half of a key, as PKIX in PEM.
func (k Key) PublicPEM() ([]byte, error) {
	der, err := x509.MarshalPKIXPublicKey(k.Public())
	if err != nil {
		return nil, fmt.Errorf("write the public half of the key %s: %w", k.From, err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}), nil
}

// Private reports whether the key can sign.
func (k Key) Private() bool { return k.private }

// Envelope puts an in-toto statement into a DSSE envelope that all keys sign, as JSON on one line.
func Envelope(ctx context.Context, statementText []byte, keys []Key) ([]byte, error) {
	envelope, err := sign(ctx, statementText, keys)
	if err != nil {
		return nil, err
	}
	return json.Marshal(envelope)
}

// OpenEnvelope reads the in-toto statement in a DSSE envelope. Signed tells of a key whether it signed the envelope.
func OpenEnvelope(text []byte) (statementText []byte, signed func(context.Context, Key) bool, err error) {
	var e dsse.Envelope
	if err := json.Unmarshal(text, &e); err != nil {
		return nil, nil, fmt.Errorf("it is no DSSE envelope: %w", err)
	}
	statementText, err = e.DecodeB64Payload()
	switch {
	case err != nil:
		return nil, nil, fmt.Errorf("it is no DSSE envelope: %w", err)
	case e.PayloadType != payloadType:
		return nil, nil, fmt.Errorf("its payload is a %q and not a %q", e.PayloadType, payloadType)
	case len(e.Signatures) > mostSignatures:
		return nil, nil, fmt.Errorf("it has more than %d signatures", mostSignatures)
	}
	return statementText, func(ctx context.Context, key Key) bool { return len(signedBy(ctx, &e, []Key{key})) > 0 }, nil
}

// ReadKeys reads several keys and refuses one that is given twice.
func ReadKeys(paths []string) ([]Key, error) {
	seen := map[string]string{}
	var keys []Key
	for _, path := range paths {
		key, err := ReadKey(path)
		if err != nil {
			return nil, err
		}
		if earlier, twice := seen[key.ID]; twice {
			return nil, fmt.Errorf("%s and %s hold the same key: each signer needs one of their own", earlier, path)
		}
		seen[key.ID] = path
		keys = append(keys, key)
	}
	return keys, nil
}

// sign puts a statement into an envelope that all keys sign.
func sign(ctx context.Context, text []byte, keys []Key) (*dsse.Envelope, error) {
	var signers []dsse.Signer
	for _, key := range keys {
		if !key.private {
			return nil, fmt.Errorf("sign with %s: it holds a public key, and only the private one signs", key.From)
		}
		signers = append(signers, key)
	}
	signer, err := dsse.NewEnvelopeSigner(signers...)
	if err != nil {
		return nil, fmt.Errorf("sign: %w", err)
	}
	envelope, err := signer.SignPayload(ctx, payloadType, text)
	if err != nil {
		return nil, fmt.Errorf("sign: %w", err)
	}
	return envelope, nil
}

func encodeEnvelope(e *dsse.Envelope) ([]byte, error) {
	text, err := json.MarshalIndent(e, "", "  ")
	return append(text, '\n'), err
}

// mostSignatures is how many signatures an envelope may have.
const mostSignatures = 100

// readEnvelope reads an envelope and refuses one that is not about the statement.
func readEnvelope(text, statementText []byte) (*dsse.Envelope, error) {
	var e dsse.Envelope
	if err := json.Unmarshal(text, &e); err != nil {
		return nil, fmt.Errorf("it is no DSSE envelope: %w", err)
	}
	payload, err := e.DecodeB64Payload()
	switch {
	case err != nil:
		return nil, fmt.Errorf("it is no DSSE envelope: %w", err)
	case e.PayloadType != payloadType:
		return nil, fmt.Errorf("its payload is a %q and not a %q", e.PayloadType, payloadType)
	case !bytes.Equal(payload, statementText):
		return nil, errors.New("it signs another statement than the one in the pack")
	case len(e.Signatures) > mostSignatures:
		return nil, fmt.Errorf("it has more than %d signatures", mostSignatures)
	}
	return &e, nil
}

// signedBy returns which of the keys signed the envelope. A key counts once, however many signatures it made.
func signedBy(ctx context.Context, e *dsse.Envelope, keys []Key) []Key {
	var signed []Key
	for _, key := range keys {
		for _, signature := range e.Signatures {
			// The id beside a signature is only a hint and is not signed: whoever wrote the envelope could leave it out.
			one := &dsse.Envelope{PayloadType: e.PayloadType, Payload: e.Payload, Signatures: []dsse.Signature{{Sig: signature.Sig}}}
			verifier, err := dsse.NewEnvelopeVerifier(key)
			if err != nil {
				break
			}
			if _, err := verifier.Verify(ctx, one); err == nil {
				signed = append(signed, key)
				break
			}
		}
	}
	return signed
}
