package tlsconfig

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/des"
	"crypto/pbkdf2"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/pem"
	"errors"
	"hash"
)

// A key file may be encrypted in two ways. OpenSSL 3 writes PKCS#8 (RFC 5958) with
// PBES2 of RFC 8018, drawn here:
//
//	SEQUENCE {
//	  SEQUENCE { OID pbes2
//	    SEQUENCE {
//	      SEQUENCE { OID pbkdf2, SEQUENCE { salt, iterations, [length], [SEQUENCE { OID hmac }] } }
//	      SEQUENCE { OID aes-cbc, OCTET STRING iv } } }
//	  OCTET STRING encrypted }
//
// Older versions wrote a header into the PEM text, which crypto/x509 understands.

var (
	errPassMissing = errors.New("the key is encrypted, and there is no tls-key-file-pass")
	errPassWrong   = errors.New("tls-key-file-pass does not fit")
	errScheme      = errors.New("the key is encrypted in a way that is not supported; `openssl pkcs8 -topk8 -v2 aes256` is")
)

// iterationsMax bounds what a file can make us compute: seconds.
const iterationsMax = 10_000_000

// decryptKey returns the PEM text of a key without its encryption, if it has any.
func decryptKey(text []byte, pass string) ([]byte, error) {
	for rest := text; ; {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			return text, nil // in the clear, or no key: whoever parses it will say
		}
		var der []byte
		var err error
		switch {
		case block.Type == "ENCRYPTED PRIVATE KEY":
			block.Type = "PRIVATE KEY"
			der, err = decryptPKCS8(block.Bytes, pass)
		case x509.IsEncryptedPEMBlock(block): //nolint:staticcheck // weak, but the files exist
			der, err = decryptLegacy(block, pass)
		default:
			continue
		}
		if err != nil {
			return nil, err
		}
		return pem.EncodeToMemory(&pem.Block{Type: block.Type, Bytes: der}), nil
	}
}

func decryptLegacy(block *pem.Block, pass string) ([]byte, error) {
	if pass == "" {
		return nil, errPassMissing
	}
	der, err := x509.DecryptPEMBlock(block, []byte(pass)) //nolint:staticcheck // as above
	if errors.Is(err, x509.IncorrectPasswordError) {
		return nil, errPassWrong
	}
	return der, err
}

type encryptedKey struct {
	Algorithm pkix.AlgorithmIdentifier
	Data      []byte
}

type pbes2Params struct {
	KeyDerivation, Encryption pkix.AlgorithmIdentifier
}

type pbkdf2Params struct {
	Salt       []byte
	Iterations int
	KeyLength  int                      `asn1:"optional"`
	HMAC       pkix.AlgorithmIdentifier `asn1:"optional"`
}

const (
	oidPBES2  = "1.2.840.113549.1.5.13"
	oidPBKDF2 = "1.2.840.113549.1.5.12"
)

var keyHashes = map[string]func() hash.Hash{
	"":                    sha1.New, // the default
	"1.2.840.113549.2.7":  sha1.New,
	"1.2.840.113549.2.8":  sha256.New224,
	"1.2.840.113549.2.9":  sha256.New,
	"1.2.840.113549.2.10": sha512.New384,
	"1.2.840.113549.2.11": sha512.New,
	"1.2.840.113549.2.13": sha512.New512_256,
}

// keyCipher is a block cipher in CBC mode.
type keyCipher struct {
	keyBytes int
	create   func([]byte) (cipher.Block, error)
}

var keyCiphers = map[string]keyCipher{
	"2.16.840.1.101.3.4.1.2":  {16, aes.NewCipher},
	"2.16.840.1.101.3.4.1.22": {24, aes.NewCipher},
	"2.16.840.1.101.3.4.1.42": {32, aes.NewCipher},
	"1.2.840.113549.3.7":      {24, des.NewTripleDESCipher},
}

// decryptPKCS8 returns the PKCS#8 key inside an encrypted one.
func decryptPKCS8(der []byte, pass string) ([]byte, error) {
	if pass == "" {
		return nil, errPassMissing
	}
	var sealed encryptedKey
	var scheme pbes2Params
	var derivation pbkdf2Params
	var iv []byte
	if !unmarshal(der, &sealed) || sealed.Algorithm.Algorithm.String() != oidPBES2 ||
		!unmarshal(sealed.Algorithm.Parameters.FullBytes, &scheme) ||
		scheme.KeyDerivation.Algorithm.String() != oidPBKDF2 ||
		!unmarshal(scheme.KeyDerivation.Parameters.FullBytes, &derivation) ||
		!unmarshal(scheme.Encryption.Parameters.FullBytes, &iv) {
		return nil, errScheme
	}
	digest, ok := keyHashes[derivation.HMAC.Algorithm.String()]
	chosen, known := keyCiphers[scheme.Encryption.Algorithm.String()]
	if !ok || !known || derivation.Iterations < 1 || derivation.Iterations > iterationsMax {
		return nil, errScheme
	}
	key, err := pbkdf2.Key(digest, pass, derivation.Salt, derivation.Iterations, chosen.keyBytes)
	if err != nil {
		return nil, err
	}
	block, err := chosen.create(key)
	if err != nil {
		return nil, err
	}
	return decryptCBC(block, iv, sealed.Data)
}

func unmarshal(der []byte, value any) bool {
	rest, err := asn1.Unmarshal(der, value)
	return err == nil && len(rest) == 0
}

// decryptCBC decrypts data and takes its padding off, which is also the only sign
// that the pass phrase was right; what is wrong and looks right is no key.
func decryptCBC(block cipher.Block, iv, data []byte) ([]byte, error) {
	size := block.BlockSize()
	if len(iv) != size || len(data) == 0 || len(data)%size != 0 {
		return nil, errScheme
	}
	plain := make([]byte, len(data))
	cipher.NewCBCDecrypter(block, iv).CryptBlocks(plain, data)
	padding := int(plain[len(plain)-1])
	if padding < 1 || padding > size {
		return nil, errPassWrong
	}
	for _, b := range plain[len(plain)-padding:] {
		if int(b) != padding {
			return nil, errPassWrong
		}
	}
	plain = plain[:len(plain)-padding]
	if _, err := x509.ParsePKCS8PrivateKey(plain); err != nil {
		return nil, errPassWrong
	}
	return plain, nil
}
