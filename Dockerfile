# Stage 1: dependencies into a virtual environment, so that compilers stay behind.
FROM python:3.11-slim AS build
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
RUN python -m venv /venv
COPY requirements.txt .
RUN /venv/bin/pip install -r requirements.txt

# Stage 2: the site.
FROM python:3.11-slim
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 ENVIRONMENT=production LMS_DATA_DIR=/data \
    WEB_WORKERS=2 WEB_THREADS=8 PROMETHEUS_MULTIPROC_DIR=/dev/shm/metrics
RUN useradd --system --uid 10001 --home-dir /app lms && mkdir /data && chown lms /data
WORKDIR /app
COPY --from=build /venv /venv
COPY . .
# Hashed and compressed static files belong to the image; the values below are for this step alone.
RUN SECRET_KEY=build-0123456789-abcdefghijklmnopqrstuvwxyz-ABCDEFGHIJKLMNOPQRSTUVWXYZ ALLOWED_HOSTS=build.invalid \
    SITE_URL=https://build.invalid sh -c "python manage.py compile_translations && python manage.py collectstatic --noinput"
USER lms
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/health', timeout=2)"]
CMD ["sh", "-c", "rm -rf \"$PROMETHEUS_MULTIPROC_DIR\"; exec gunicorn lms.wsgi:application --bind 0.0.0.0:8000 --worker-class gthread --workers $WEB_WORKERS --threads $WEB_THREADS --no-control-socket --worker-tmp-dir /dev/shm --max-requests 10000 --max-requests-jitter 1000"]
