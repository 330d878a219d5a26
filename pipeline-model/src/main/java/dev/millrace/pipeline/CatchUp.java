package dev.millrace.pipeline;

/** What becomes of the times at which a schedule came due while nobody followed it. */
public enum CatchUp {
    NONE,
    /** One run makes up for all of them. */
    LAST,
    /** A run for each of them, which loads its window. */
    ALL
}
