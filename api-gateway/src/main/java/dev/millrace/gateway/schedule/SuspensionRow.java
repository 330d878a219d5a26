package dev.millrace.gateway.schedule;

import io.micronaut.data.annotation.Id;
import io.micronaut.data.annotation.MappedEntity;

/** @param schedule {@code pipeline/endpoint}, or {@code pipeline/dataset.table} of a table that is backed up */
@MappedEntity("suspension")
record SuspensionRow(@Id String schedule) {}
