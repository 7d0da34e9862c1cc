"""The description of the API as files: made once a process and language, then served from memory."""

from functools import cache
from typing import Any

from django.conf import settings
from django.http import HttpResponse
from django.utils.cache import get_conditional_response, patch_vary_headers
from django.utils.translation import get_language, override
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.renderers import OpenApiJsonRenderer, OpenApiYamlRenderer
from drf_spectacular.utils import extend_schema
from drf_spectacular.views import SpectacularJSONAPIView, SpectacularYAMLAPIView
from rest_framework.request import Request

from lms.lib.conditional import make_etag

RENDERERS = {"json": OpenApiJsonRenderer, "yaml": OpenApiYamlRenderer}


@cache
def description(form: str, language: str) -> bytes:
    """Return the description as `json` or `yaml`; it depends on the code and the language alone."""
    with override(language):
        schema = SchemaGenerator().get_schema(request=None, public=True)
        text = RENDERERS[form]().render(schema, renderer_context={})
    return text if isinstance(text, bytes) else text.encode()


class _CachedFile:
    """Serves `form`, with an ETag and 304."""

    form: str
    media_type: str

    @extend_schema(exclude=True)
    def get(self, request: Request, *args: Any, **kwargs: Any) -> HttpResponse:
        """Return the file in the language of the request."""
        wanted = request.query_params.get("lang") or get_language()
        language = wanted if wanted in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE
        body = description(self.form, language)
        etag = make_etag(body)
        response = HttpResponse(
            body, content_type=self.media_type, headers={"ETag": etag, "Cache-Control": "no-cache"}
        )
        response["Content-Disposition"] = f'inline; filename="openapi.{self.form}"'
        patch_vary_headers(response, ["Accept-Language"])
        answer = get_conditional_response(request._request, etag=etag, response=response)
        return response if answer is None else answer


class DescriptionAsJson(_CachedFile, SpectacularJSONAPIView):
    """`openapi.json`."""

    form = "json"
    media_type = OpenApiJsonRenderer.media_type


class DescriptionAsYaml(_CachedFile, SpectacularYAMLAPIView):
    """`openapi.yaml`."""

    form = "yaml"
    media_type = OpenApiYamlRenderer.media_type
