# The suite with its data, for the CPU and, with `--gpus all`, for CUDA.
#   docker build -t suite .
#   docker run --rm -v "$PWD/out:/out" suite          every task; RESULTS.md, figures and the store are in out/
#   docker run --rm suite ls                          any other verb
# BASE can name a local stand-in of the same image where no image registry is in reach.
ARG BASE=python:3.13-slim-bookworm@sha256:01f42367a0a94ad4bc17111776fd66e3500c1d87c15bbd6055b7371d39c124fb

FROM ${BASE} AS build
LABEL org.opencontainers.image.title=suite
WORKDIR /src
COPY requirements.txt deploy/ray.txt ./
# uv comes from the lock too: its lines are cut out for pip, which checks their hashes.
RUN awk '/^uv==/ {on = 1} on {print} on && !/\\$/ {exit}' requirements.txt > uv.txt \
 && python -m venv /opt/suite \
 && /opt/suite/bin/pip install --no-cache-dir --require-hashes --only-binary :all: -r uv.txt \
 && /opt/suite/bin/uv pip install --python /opt/suite --no-cache --require-hashes --only-binary :all: -r requirements.txt -r ray.txt
COPY pyproject.toml README.md ./
COPY suite suite
RUN /opt/suite/bin/uv pip install --python /opt/suite --no-cache --no-deps --no-build-isolation --compile-bytecode . \
 && SUITE_DATA=/opt/data /opt/suite/bin/suite data

FROM ${BASE}
LABEL org.opencontainers.image.title=suite
COPY --from=build /opt/suite /opt/suite
COPY --from=build /opt/data /opt/data
COPY tasks /opt/tasks
ARG SUITE_REVISION=unknown
ENV PATH=/opt/suite/bin:$PATH \
    HOME=/tmp \
    USER=suite \
    MPLCONFIGDIR=/tmp/matplotlib \
    PYTHONDONTWRITEBYTECODE=1 \
    SUITE_DATA=/opt/data \
    SUITE_DEVICE=auto \
    SUITE_OUTPUT=/out/RESULTS.md \
    SUITE_REVISION=${SUITE_REVISION} \
    SUITE_STORE=/out/results/store.sqlite \
    SUITE_TASKS=/opt/tasks
# Nobody becomes root again: the base image's su, mount and passwd lose their right to.
RUN install -d -o 65532 -g 65532 /out \
 && find / -xdev -type f -perm /6000 -exec chmod a-s {} +
HEALTHCHECK --interval=5m --timeout=30s CMD ["suite", "info"]
WORKDIR /out
# Starts as root only to become the owner of /out, or 65532: whoever made the mounted folder can write to it and has the
# results. With `--user` it never is root.
ENTRYPOINT ["dumb-init", "--", "python", "-m", "suite.container"]
CMD ["bench"]
