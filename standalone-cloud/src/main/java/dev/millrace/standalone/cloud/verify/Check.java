package dev.millrace.standalone.cloud.verify;

/** Some things that belong together. */
interface Check {
    /** As it is asked for. */
    String name();

    void run(Trial trial, Report report) throws InterruptedException;
}
