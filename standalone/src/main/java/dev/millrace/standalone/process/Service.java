package dev.millrace.standalone.process;

import java.util.List;

/** The four services, in the order in which they are started; they are stopped in the same order. */
public enum Service {
    EXTRACTOR("extractor"),
    TRANSFORMER("transformer"),
    LOADER("loader"),
    /** Last to stop, so that the others can hand their work back. */
    GATEWAY("api-gateway");

    static final List<Service> WORKERS = List.of(EXTRACTOR, TRANSFORMER, LOADER);

    private final String id;

    Service(String id) {
        this.id = id;
    }

    /** Its environment and name in configuration, logs and tokens. */
    public String id() {
        return id;
    }
}
