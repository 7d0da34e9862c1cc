"""A small OpenID Connect provider on loopback, as strict as a real one: codes once, PKCE, a client secret."""

import base64
import hashlib
import json
import secrets
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlencode, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

from lms.lib.oidc import OidcProvider

CLIENT = ("lms", "hush-hush-secret")
KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
OTHER_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)


class TestProvider:
    """What it says of whoever comes is in `claims`; `token_claims`, `key` and `answers` let it misbehave."""

    __test__ = False

    def __init__(self):
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        self.codes, self.tokens = {}, {}
        self.claims = {"sub": "42"}
        self.userinfo = {}
        self.token_claims = {}
        self.key, self.kid, self.algorithm = KEY, "first", "RS256"
        self.answers = {}
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()
        self.thread.join(timeout=5)

    def settings(self, **more):
        values = {"id": "school", "name": "School account", "server_url": self.url}
        values |= {"client_id": CLIENT[0], "client_secret": CLIENT[1]}
        return OidcProvider(**{**values, **more})

    def configuration(self):
        return {
            "issuer": self.url,
            "authorization_endpoint": f"{self.url}/authorize",
            "token_endpoint": f"{self.url}/token",
            "userinfo_endpoint": f"{self.url}/userinfo",
            "jwks_uri": f"{self.url}/jwks",
            "token_endpoint_auth_methods_supported": ["client_secret_post"],
        }

    def authorize(self, query):
        """Return where the person goes after agreeing."""
        assert (query["client_id"], query["response_type"]) == (CLIENT[0], "code")
        assert "openid" in query["scope"].split()
        code = secrets.token_urlsafe(16)
        self.codes[code] = query
        return f"{query['redirect_uri']}?{urlencode({'code': code, 'state': query['state']})}"

    def token(self, form):
        asked = self.codes.pop(form["code"])
        assert (form["client_id"], form["client_secret"]) == CLIENT
        assert form["redirect_uri"] == asked["redirect_uri"]
        digest = hashlib.sha256(form["code_verifier"].encode()).digest()
        assert base64.urlsafe_b64encode(digest).rstrip(b"=").decode() == asked["code_challenge"]
        access_token = secrets.token_urlsafe(16)
        self.tokens[access_token] = {**self.claims, **self.userinfo}
        now = int(time.time())
        claims = {
            "iss": self.url,
            "aud": CLIENT[0],
            "iat": now,
            "exp": now + 300,
            **self.claims,
            **self.token_claims,
        }
        id_token = jwt.encode(claims, self.key, algorithm=self.algorithm, headers={"kid": self.kid})
        return {"access_token": access_token, "token_type": "Bearer", "expires_in": 300, "id_token": id_token}

    def jwks(self):
        public = jwt.algorithms.RSAAlgorithm.to_jwk(KEY.public_key(), as_dict=True)
        return {"keys": [{**public, "kid": "first", "use": "sig", "alg": "RS256"}]}


def _handler(provider):
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            parts = urlsplit(self.path)
            query = {name: values[0] for name, values in parse_qs(parts.query).items()}
            if parts.path == "/authorize":
                self.send_response(302)
                self.send_header("Location", provider.authorize(query))
                self.send_header("Content-Length", "0")
                self.end_headers()
            elif parts.path == "/userinfo":
                self.say("userinfo", provider.tokens[self.headers["Authorization"].removeprefix("Bearer ")])
            elif parts.path == "/jwks":
                self.say("jwks", provider.jwks())
            else:
                assert parts.path == "/.well-known/openid-configuration"
                self.say("configuration", provider.configuration())

        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            form = {name: values[0] for name, values in parse_qs(body).items()}
            self.say("token", provider.token(form))

        def say(self, name, usual):
            status, answer = provider.answers.get(name, (200, usual))
            body = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            if 300 <= status < 400:
                self.send_header("Location", f"{provider.url}/jwks")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args):
            pass

    return Handler
