package dev.millrace.gateway.schedule;

import io.micronaut.data.annotation.Id;
import io.micronaut.data.annotation.MappedEntity;

/** @param schedule {@code pipeline/endpoint} */
@MappedEntity("suspension")
record SuspensionRow(@Id String schedule) {}
