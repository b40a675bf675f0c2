# The project as an ordinary user: `docker build -t remid . && docker run --rm remid` runs `make demo`.
FROM python:3.11-slim
# make runs the task list, git and dvc read the repository; a compiler is DeepSpeed's, for trainings.
RUN apt-get update \
    && apt-get install --yes --no-install-recommends make git g++ \
    && rm -rf /var/lib/apt/lists/*
RUN useradd --create-home remid
USER remid
WORKDIR /home/remid/remid
# Packages before the rest: what is edited often does not install them again.
COPY --chown=remid Makefile constraints.txt constraints-vllm.txt pyproject.toml install.py README.md ./
COPY --chown=remid src src
# No GPU is seen while an image is built: the CPU build, unless `--build-arg TORCH=cuda` says so.
ARG TORCH=
ARG TORCH_INDEX=
RUN make env TORCH=$TORCH TORCH_INDEX=$TORCH_INDEX
COPY --chown=remid . .
CMD ["make", "demo"]
