package dev.millrace.gateway.api;

import io.micronaut.serde.annotation.Serdeable;
import java.util.List;

/** The runs that one request has started, by endpoint. */
@Serdeable
public record BatchView(String batch, List<RunView> runs) {}
