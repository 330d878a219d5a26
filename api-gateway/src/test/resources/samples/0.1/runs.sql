-- H2 2.3.232;
SET WRITE_DELAY 0;
;
CREATE CACHED TABLE "public"."flyway_schema_history"(
    "installed_rank" INTEGER NOT NULL,
    "version" CHARACTER VARYING(50),
    "description" CHARACTER VARYING(200) NOT NULL,
    "type" CHARACTER VARYING(20) NOT NULL,
    "script" CHARACTER VARYING(1000) NOT NULL,
    "checksum" INTEGER,
    "installed_by" CHARACTER VARYING(100) NOT NULL,
    "installed_on" TIMESTAMP DEFAULT CURRENT_TIMESTAMP NOT NULL,
    "execution_time" INTEGER NOT NULL,
    "success" BOOLEAN NOT NULL
);
ALTER TABLE "public"."flyway_schema_history" ADD CONSTRAINT "public"."flyway_schema_history_pk" PRIMARY KEY("installed_rank");
-- 11 +/- SELECT COUNT(*) FROM public.flyway_schema_history;
INSERT INTO "public"."flyway_schema_history" VALUES
(-1, NULL, '<< Flyway Schema History table created >>', 'TABLE', '', NULL, 'sa', TIMESTAMP '2026-11-28 22:48:07.794137', 0, TRUE),
(1, '1', 'runs', 'SQL', 'V1__runs.sql', -2059144520, 'sa', TIMESTAMP '2026-11-28 22:48:08.72147', 462, TRUE),
(2, '2', 'models', 'SQL', 'V2__models.sql', -1172075247, 'sa', TIMESTAMP '2026-11-28 22:48:08.960198', 49, TRUE),
(3, '3', 'exploded', 'SQL', 'V3__exploded.sql', 555544288, 'sa', TIMESTAMP '2026-11-28 22:48:09.292431', 282, TRUE),
(4, '4', 'limits', 'SQL', 'V4__limits.sql', 2026893732, 'sa', TIMESTAMP '2026-11-28 22:48:09.42548', 61, TRUE),
(5, '5', 'published logs', 'SQL', 'V5__published_logs.sql', -1418128993, 'sa', TIMESTAMP '2026-11-28 22:48:09.884914', 404, TRUE),
(6, '6', 'endpoint status', 'SQL', 'V6__endpoint_status.sql', 400141928, 'sa', TIMESTAMP '2026-11-28 22:48:09.957975', 20, TRUE),
(7, '7', 'suspensions', 'SQL', 'V7__suspensions.sql', -1903234624, 'sa', TIMESTAMP '2026-11-28 22:48:10.13232', 12, TRUE),
(8, '8', 'arrivals', 'SQL', 'V8__arrivals.sql', -459210879, 'sa', TIMESTAMP '2026-11-28 22:48:10.344774', 64, TRUE),
(9, '9', 'notifications', 'SQL', 'V9__notifications.sql', 367581815, 'sa', TIMESTAMP '2026-11-28 22:48:10.8495', 374, TRUE),
(10, '10', 'dry runs', 'SQL', 'V10__dry_runs.sql', -1774194265, 'sa', TIMESTAMP '2026-11-28 22:48:11.329401', 439, TRUE);
CREATE INDEX "public"."flyway_schema_history_s_idx" ON "public"."flyway_schema_history"("success" NULLS LAST);
CREATE CACHED TABLE "public"."source_limit"(
    "pipeline" CHARACTER VARYING(63) NOT NULL,
    "next_start" TIMESTAMP WITH TIME ZONE NOT NULL
);
ALTER TABLE "public"."source_limit" ADD CONSTRAINT "public"."CONSTRAINT_6" PRIMARY KEY("pipeline");
-- 0 +/- SELECT COUNT(*) FROM public.source_limit;
CREATE CACHED TABLE "public"."permit"(
    "task" CHARACTER VARYING(36) NOT NULL,
    "attempt" INTEGER NOT NULL,
    "pipeline" CHARACTER VARYING(63) NOT NULL,
    "wanted" INTEGER NOT NULL,
    "held" INTEGER NOT NULL,
    "since" TIMESTAMP WITH TIME ZONE NOT NULL
);
ALTER TABLE "public"."permit" ADD CONSTRAINT "public"."CONSTRAINT_C" PRIMARY KEY("task");
-- 0 +/- SELECT COUNT(*) FROM public.permit;
CREATE INDEX "public"."permit_pipeline" ON "public"."permit"("pipeline" NULLS LAST);
CREATE CACHED TABLE "public"."claim"(
    "name" CHARACTER VARYING(2200) NOT NULL,
    "run" CHARACTER VARYING(36) NOT NULL
);
ALTER TABLE "public"."claim" ADD CONSTRAINT "public"."CONSTRAINT_5" PRIMARY KEY("name");
-- 7 +/- SELECT COUNT(*) FROM public.claim;
INSERT INTO "public"."claim" VALUES
('endpoint:trial/loading/', '6cf7a1ee-0989-417d-9eda-3f2626bfdf4d'),
('endpoint:trial/cancelling/', '0cad5742-d110-4303-a487-74e2213c6098'),
('table:trial.cancelling', '0cad5742-d110-4303-a487-74e2213c6098'),
('table:trial.loading', '6cf7a1ee-0989-417d-9eda-3f2626bfdf4d'),
('endpoint:trial/transforming/', '6c89af90-4f2f-4560-84fc-1c809179e146'),
('endpoint:trial/extracting/', 'c4647c0e-1739-4b95-a350-288305eea35a'),
('endpoint:trial/queued/', 'fcc0822f-dd13-44d1-8a1a-7cfba08f9436');
CREATE INDEX "public"."claim_run" ON "public"."claim"("run" NULLS LAST);
CREATE CACHED TABLE "public"."task"(
    "id" CHARACTER VARYING(36) NOT NULL,
    "run" CHARACTER VARYING(36) NOT NULL,
    "step" CHARACTER VARYING(16) NOT NULL,
    "attempt" INTEGER NOT NULL,
    "lost" INTEGER NOT NULL,
    "state" CHARACTER VARYING(16) NOT NULL,
    "work" CHARACTER VARYING NOT NULL,
    "ready_since" TIMESTAMP WITH TIME ZONE NOT NULL,
    "due" TIMESTAMP WITH TIME ZONE NOT NULL,
    "records" BIGINT NOT NULL,
    "rejected" BIGINT NOT NULL,
    "filtered" BIGINT NOT NULL,
    "bytes" BIGINT NOT NULL,
    "total" BIGINT,
    "manifest" CHARACTER VARYING(1024),
    "started_at" TIMESTAMP WITH TIME ZONE,
    "finished_at" TIMESTAMP WITH TIME ZONE
);
ALTER TABLE "public"."task" ADD CONSTRAINT "public"."CONSTRAINT_3" PRIMARY KEY("id");
-- 17 +/- SELECT COUNT(*) FROM public.task;
INSERT INTO "public"."task" VALUES
('5c38dcd3-da2d-48e8-8bf4-b3121490dda2', 'eb7fda1a-4a84-4e11-a596-063dbfc967f5', 'EXTRACT', 1, 0, 'DONE', '{"type":"extract-files","source":{"type":"files","folder":"/srv/millrace/files"},"files":{"pattern":"done.csv","format":{"type":"csv","header":true,"columns":[],"delimiter":",","encoding":"UTF-8"},"missing":"FAIL"},"records":null,"parts":{"format":"NDJSON_ZSTD","rows":null}}', TIMESTAMP WITH TIME ZONE '2026-11-28 22:48:22.698433+00', TIMESTAMP WITH TIME ZONE '2026-11-28 22:48:28.818812+00', 13, 0, 0, 0, NULL, 'runs/eb7fda1a-4a84-4e11-a596-063dbfc967f5/done/extract/1/manifest.json', TIMESTAMP WITH TIME ZONE '2026-11-28 22:48:23.818812+00', TIMESTAMP WITH TIME ZONE '2026-11-28 22:48:29.261723+00'),
('6fc03208-506d-4d37-a7e1-5158f0def937', 'bf591d93-4617-4ad5-ad9c-6d524941afbc', 'EXTRACT', 1, 0, 'FAILED', '{"type":"extract-files","source":{"type":"files","folder":"/srv/millrace/files"},"files":{"pattern":"failed.csv","format":{"type":"csv","header":true,"columns":[],"delimiter":",","encoding":"UTF-8"},"missing":"FAIL"},"records":null,"parts":{"format":"NDJSON_ZSTD","rows":null}}', TIMESTAMP WITH TIME ZONE '2026-11-28 22:48:22.698433+00', TIMESTAMP WITH TIME ZONE '2026-11-28 22:48:28.818812+00', 0, 0, 0, 0, NULL, NULL, TIMESTAMP WITH TIME ZONE '2026-11-28 22:48:23.818812+00', TIMESTAMP WITH TIME ZONE '2026-11-28 22:48:29.526187+00'),
('a8a22ddd-cc8c-435f-95f1-ed5935b2644c', '3609caed-1d0a-479e-ab4c-8a530f989f10', 'EXTRACT', 1, 0, 'DONE', '{"type":"extract-files","source":{"type":"files","folder":"/srv/millrace/files"},"files":{"pattern":"published.csv","format":{"type":"csv","header":true,"columns":[],"delimiter":",","encoding":"UTF-8"},"missing":"FAIL"},"records":null,"parts":{"format":"NDJSON_GZIP","rows":null}}', TIMESTAMP WITH TIME ZONE '2026-11-28 22:48:22.698433+00', TIMESTAMP WITH TIME ZONE '2026-11-28 22:48:28.818812+00', 10, 0, 0, 0, NULL, 'runs/3609caed-1d0a-479e-ab4c-8a530f989f10/published/extract/1/manifest.json', TIMESTAMP WITH TIME ZONE '2026-11-28 22:48:23.818812+00', TIMESTAMP WITH TIME ZONE '2026-11-28 22:48:29.901195+00'),
('d3583cb3-f5fd-45ad-a6f0-de7fcbdd28f1', 'eb7fda1a-4a84-4e11-a596-063dbfc967f5', 'TRANSFORM', 1, 0, 'DONE', '{"type":"transform","manifest":"runs/eb7fda1a-4a84-4e11-a596-063dbfc967f5/done/extract/1/manifest.json","extracted":"2026-11-28T22:48:29.261723Z","shaping":{"schema":[{"name":"id","type":"INTEGER","mode":"REQUIRED","from":null,"format":[],"timezone":null,"sourceTimezone":"UTC","defaultValue":null,"onError":"REJECT","precision":null,"scale":null,"fields":[],"expression":null,"metadata":null,"description":null},{"name":"text","type":"STRING","mode":"NULLABLE","from":null,"format":[],"timezone":null,"sourceTimezone":"UTC","defaultValue":null,"onError":"REJECT","precision":null,"scale":null,"fields":[],"expression":null,"metadata":null,"description":null}],"explode":null,"flatten":null,"filter":null,"checks":[]}}', TIMESTAMP WITH TIME ZONE '2026-11-28 22:48:29.261723+00', TIMESTAMP WITH TIME ZONE '2026-11-28 22:48:38.524512+00', 13, 3, 0, 375, 13, 'runs/eb7fda1a-4a84-4e11-a596-063dbfc967f5/done/transform/1/manifest.json', TIMESTAMP WITH TIME ZONE '2026-11-28 22:48:30.053191+00', TIMESTAMP WITH TIME ZONE '2026-11-28 22:48:33.767518+00'),
('0bba427c-ef14-47b0-a4fe-67af6c643300', '3609caed-1d0a-479e-ab4c-8a530f989f10', 'LOAD', 1, 0, 'DONE', '{"type":"publish","load":"3609caed-1d0a-479e-ab4c-8a530f989f10","generation":1,"manifest":"runs/3609caed-1d0a-479e-ab4c-8a530f989f10/published/extract/1/manifest.json","destination":{"type":"bucket","bucket":"lake","key":"trial/published","rows":null,"empty":"FAIL"}}', TIMESTAMP WITH TIME ZONE '2026-11-28 22:48:29.901195+00', TIMESTAMP WITH TIME ZONE '2026-11-28 22:48:35.053191+00', 10, 0, 0, 99, NULL, NULL, TIMESTAMP WITH TIME ZONE '2026-11-28 22:48:30.053191+00', TIMESTAMP WITH TIME ZONE '2026-11-28 22:48:32.450513+00'),
('954fe892-4013-4b75-acbc-946b3a851494', 'eb7fda1a-4a84-4e11-a596-063dbfc967f5', 'LOAD', 1, 0, 'DONE', '{"type":"load","load":"eb7fda1a-4a84-4e11-a596-063dbfc967f5","generation":1,"manifest":"runs/eb7fda1a-4a84-4e11-a596-063dbfc967f5/done/transform/1/manifest.json","destination":{"type":"table","table":"trial.done","write":"APPEND","keys":[],"empty":"FAIL","contract":"STRICT","partition":null,"cluster":[]},"schema":[{"name":"id","type":"INTEGER","mode":"REQUIRED","from":null,"format":[],"timezone":null,"sourceTimezone":"UTC","defaultValue":null,"onError":"REJECT","precision":null,"scale":null,"fields":[],"expression":null,"metadata":null,"description":null},{"name":"text","type":"STRING","mode":"NULLABLE","from":null,"format":[],"timezone":null,"sourceTimezone":"UTC","defaultValue":null,"onError":"REJECT","precision":null,"scale":null,"fields":[],"expression":null,"metadata":null,"description":null}],"dayColumn":null}', TIMESTAMP WITH TIME ZONE '2026-11-28 22:48:33.767518+00', TIMESTAMP WITH TIME ZONE '2026-11-28 22:48:38.888699+00', 10, 0, 0, 633, NULL, NULL, TIMESTAMP WITH TIME ZONE '2026-11-28 22:48:33.888699+00', TIMESTAMP WITH TIME ZONE '2026-11-28 22:48:35.359224+00');
INSERT INTO "public"."task" VALUES
('63b20260-806b-4002-8675-c10566b53228', '6cf7a1ee-0989-417d-9eda-3f2626bfdf4d', 'EXTRACT', 4, 3, 'DONE', '{"type":"extract-files","source":{"type":"files","folder":"/srv/millrace/files"},"files":{"pattern":"loading.csv","format":{"type":"csv","header":true,"columns":[],"delimiter":",","encoding":"UTF-8"},"missing":"FAIL"},"records":null,"parts":{"format":"NDJSON_ZSTD","rows":null}}', TIMESTAMP WITH TIME ZONE '2026-11-28 22:51:24.648335+00', TIMESTAMP WITH TIME ZONE '2026-11-28 22:51:30.768368+00', 10, 0, 0, 90, NULL, 'runs/6cf7a1ee-0989-417d-9eda-3f2626bfdf4d/loading/extract/4/manifest.json', TIMESTAMP WITH TIME ZONE '2026-11-28 22:51:04.37506+00', TIMESTAMP WITH TIME ZONE '2026-11-28 22:51:27.27525+00'),
('cc9589d2-59cb-43e4-8e97-4ea0fe551ca1', '541b95e8-1ec1-4913-b5bd-0ef2bd2ae532', 'LOAD', 1, 0, 'WAITING', '{"type":"model","load":"541b95e8-1ec1-4913-b5bd-0ef2bd2ae532","generation":1,"destination":{"type":"table","table":"trial.waiting","write":"REPLACE","keys":[],"empty":"FAIL","contract":"STRICT","partition":null,"cluster":[]},"sql":"SELECT COUNT(*) AS n FROM trial.loading"}', TIMESTAMP WITH TIME ZONE '2026-11-28 22:51:03.692199+00', TIMESTAMP WITH TIME ZONE '2026-11-28 22:51:03.692199+00', 0, 0, 0, 0, NULL, NULL, NULL, NULL),
('bdd2773b-bb7b-4db7-9b3c-02c4147d2a3e', '0cad5742-d110-4303-a487-74e2213c6098', 'EXTRACT', 3, 2, 'DONE', '{"type":"extract-files","source":{"type":"files","folder":"/srv/millrace/files"},"files":{"pattern":"cancelling.csv","format":{"type":"csv","header":true,"columns":[],"delimiter":",","encoding":"UTF-8"},"missing":"FAIL"},"records":null,"parts":{"format":"NDJSON_ZSTD","rows":null}}', TIMESTAMP WITH TIME ZONE '2026-11-28 22:51:24.693703+00', TIMESTAMP WITH TIME ZONE '2026-11-28 22:51:30.768368+00', 10, 0, 0, 90, NULL, 'runs/0cad5742-d110-4303-a487-74e2213c6098/cancelling/extract/3/manifest.json', TIMESTAMP WITH TIME ZONE '2026-11-28 22:51:06.193266+00', TIMESTAMP WITH TIME ZONE '2026-11-28 22:51:27.458307+00'),
('7d45eb1c-0bdf-490d-a3c4-bdeacd6db487', '6cf7a1ee-0989-417d-9eda-3f2626bfdf4d', 'TRANSFORM', 3, 2, 'DONE', '{"type":"transform","manifest":"runs/6cf7a1ee-0989-417d-9eda-3f2626bfdf4d/loading/extract/4/manifest.json","extracted":"2026-11-28T22:51:27.275250Z","shaping":{"schema":[{"name":"id","type":"INTEGER","mode":"REQUIRED","from":null,"format":[],"timezone":null,"sourceTimezone":"UTC","defaultValue":null,"onError":"REJECT","precision":null,"scale":null,"fields":[],"expression":null,"metadata":null,"description":null},{"name":"text","type":"STRING","mode":"NULLABLE","from":null,"format":[],"timezone":null,"sourceTimezone":"UTC","defaultValue":null,"onError":"REJECT","precision":null,"scale":null,"fields":[],"expression":null,"metadata":null,"description":null}],"explode":null,"flatten":null,"filter":null,"checks":[]}}', TIMESTAMP WITH TIME ZONE '2026-11-28 22:51:44.476825+00', TIMESTAMP WITH TIME ZONE '2026-11-28 22:51:50.22218+00', 10, 0, 0, 261, NULL, 'runs/6cf7a1ee-0989-417d-9eda-3f2626bfdf4d/loading/transform/3/manifest.json', TIMESTAMP WITH TIME ZONE '2026-11-28 22:51:27.794938+00', TIMESTAMP WITH TIME ZONE '2026-11-28 22:51:46.921041+00'),
('a1c71864-5849-4a90-87f4-ff9617e5efc6', '0cad5742-d110-4303-a487-74e2213c6098', 'TRANSFORM', 3, 2, 'DONE', '{"type":"transform","manifest":"runs/0cad5742-d110-4303-a487-74e2213c6098/cancelling/extract/3/manifest.json","extracted":"2026-11-28T22:51:27.458307Z","shaping":{"schema":[{"name":"id","type":"INTEGER","mode":"REQUIRED","from":null,"format":[],"timezone":null,"sourceTimezone":"UTC","defaultValue":null,"onError":"REJECT","precision":null,"scale":null,"fields":[],"expression":null,"metadata":null,"description":null},{"name":"text","type":"STRING","mode":"NULLABLE","from":null,"format":[],"timezone":null,"sourceTimezone":"UTC","defaultValue":null,"onError":"REJECT","precision":null,"scale":null,"fields":[],"expression":null,"metadata":null,"description":null}],"explode":null,"flatten":null,"filter":null,"checks":[]}}', TIMESTAMP WITH TIME ZONE '2026-11-28 22:51:39.464686+00', TIMESTAMP WITH TIME ZONE '2026-11-28 22:51:49.945103+00', 10, 0, 0, 261, 10, 'runs/0cad5742-d110-4303-a487-74e2213c6098/cancelling/transform/3/manifest.json', TIMESTAMP WITH TIME ZONE '2026-11-28 22:51:27.794938+00', TIMESTAMP WITH TIME ZONE '2026-11-28 22:51:45.730004+00');
INSERT INTO "public"."task" VALUES
('4ebd244b-fbe6-45f6-a5d5-d3d45168f77b', '0cad5742-d110-4303-a487-74e2213c6098', 'LOAD', 1, 0, 'STOPPED', '{"type":"load","load":"0cad5742-d110-4303-a487-74e2213c6098","generation":1,"manifest":"runs/0cad5742-d110-4303-a487-74e2213c6098/cancelling/transform/3/manifest.json","destination":{"type":"table","table":"trial.cancelling","write":"APPEND","keys":[],"empty":"FAIL","contract":"STRICT","partition":null,"cluster":[]},"schema":[{"name":"id","type":"INTEGER","mode":"REQUIRED","from":null,"format":[],"timezone":null,"sourceTimezone":"UTC","defaultValue":null,"onError":"REJECT","precision":null,"scale":null,"fields":[],"expression":null,"metadata":null,"description":null},{"name":"text","type":"STRING","mode":"NULLABLE","from":null,"format":[],"timezone":null,"sourceTimezone":"UTC","defaultValue":null,"onError":"REJECT","precision":null,"scale":null,"fields":[],"expression":null,"metadata":null,"description":null}],"dayColumn":null}', TIMESTAMP WITH TIME ZONE '2026-11-28 22:51:46.301697+00', TIMESTAMP WITH TIME ZONE '2026-11-28 22:51:47.391978+00', 0, 0, 0, 0, NULL, NULL, TIMESTAMP WITH TIME ZONE '2026-11-28 22:51:46.138753+00', TIMESTAMP WITH TIME ZONE '2026-11-28 22:51:47.773005+00'),
('2bd87939-bff6-41af-a369-69b87333af93', '6cf7a1ee-0989-417d-9eda-3f2626bfdf4d', 'LOAD', 1, 0, 'READY', '{"type":"load","load":"6cf7a1ee-0989-417d-9eda-3f2626bfdf4d","generation":1,"manifest":"runs/6cf7a1ee-0989-417d-9eda-3f2626bfdf4d/loading/transform/3/manifest.json","destination":{"type":"table","table":"trial.loading","write":"APPEND","keys":[],"empty":"FAIL","contract":"STRICT","partition":null,"cluster":[]},"schema":[{"name":"id","type":"INTEGER","mode":"REQUIRED","from":null,"format":[],"timezone":null,"sourceTimezone":"UTC","defaultValue":null,"onError":"REJECT","precision":null,"scale":null,"fields":[],"expression":null,"metadata":null,"description":null},{"name":"text","type":"STRING","mode":"NULLABLE","from":null,"format":[],"timezone":null,"sourceTimezone":"UTC","defaultValue":null,"onError":"REJECT","precision":null,"scale":null,"fields":[],"expression":null,"metadata":null,"description":null}],"dayColumn":null}', TIMESTAMP WITH TIME ZONE '2026-11-28 22:51:52.736454+00', TIMESTAMP WITH TIME ZONE '2026-11-28 22:52:10.139053+00', 0, 0, 0, 0, NULL, NULL, TIMESTAMP WITH TIME ZONE '2026-11-28 22:51:47.21856+00', NULL),
('d0437b39-4762-41f0-b9f7-24c0e17fea5f', '6c89af90-4f2f-4560-84fc-1c809179e146', 'EXTRACT', 1, 0, 'DONE', '{"type":"extract-files","source":{"type":"files","folder":"/srv/millrace/files"},"files":{"pattern":"transforming.csv","format":{"type":"csv","header":true,"columns":[],"delimiter":",","encoding":"UTF-8"},"missing":"FAIL"},"records":null,"parts":{"format":"NDJSON_ZSTD","rows":null}}', TIMESTAMP WITH TIME ZONE '2026-11-28 22:51:48.859437+00', TIMESTAMP WITH TIME ZONE '2026-11-28 22:51:53.964185+00', 10, 0, 0, 90, NULL, 'runs/6c89af90-4f2f-4560-84fc-1c809179e146/transforming/extract/1/manifest.json', TIMESTAMP WITH TIME ZONE '2026-11-28 22:51:48.964185+00', TIMESTAMP WITH TIME ZONE '2026-11-28 22:51:49.566024+00'),
('348b5a69-8d20-434c-8fd2-b079235e8b7c', '6c89af90-4f2f-4560-84fc-1c809179e146', 'TRANSFORM', 1, 0, 'READY', '{"type":"transform","manifest":"runs/6c89af90-4f2f-4560-84fc-1c809179e146/transforming/extract/1/manifest.json","extracted":"2026-11-28T22:51:49.566024Z","shaping":{"schema":[{"name":"id","type":"INTEGER","mode":"REQUIRED","from":null,"format":[],"timezone":null,"sourceTimezone":"UTC","defaultValue":null,"onError":"REJECT","precision":null,"scale":null,"fields":[],"expression":null,"metadata":null,"description":null},{"name":"text","type":"STRING","mode":"NULLABLE","from":null,"format":[],"timezone":null,"sourceTimezone":"UTC","defaultValue":null,"onError":"REJECT","precision":null,"scale":null,"fields":[],"expression":null,"metadata":null,"description":null}],"explode":null,"flatten":null,"filter":null,"checks":[]}}', TIMESTAMP WITH TIME ZONE '2026-11-28 22:51:54.660035+00', TIMESTAMP WITH TIME ZONE '2026-11-28 22:52:09.412265+00', 0, 0, 0, 0, NULL, NULL, TIMESTAMP WITH TIME ZONE '2026-11-28 22:51:49.74264+00', NULL);
INSERT INTO "public"."task" VALUES
('15aa2571-5764-488b-92a6-f56064dbccee', 'c4647c0e-1739-4b95-a350-288305eea35a', 'EXTRACT', 2, 1, 'READY', '{"type":"extract-files","source":{"type":"files","folder":"/srv/millrace/files"},"files":{"pattern":"extracting.csv","format":{"type":"csv","header":true,"columns":[],"delimiter":",","encoding":"UTF-8"},"missing":"FAIL"},"records":null,"parts":{"format":"NDJSON_ZSTD","rows":null}}', TIMESTAMP WITH TIME ZONE '2026-11-28 22:51:59.588658+00', TIMESTAMP WITH TIME ZONE '2026-11-28 22:52:06.086802+00', 0, 0, 0, 0, NULL, NULL, TIMESTAMP WITH TIME ZONE '2026-11-28 22:51:50.270917+00', NULL),
('eb4b21cf-61e2-4957-ba35-c08fc9bf78cb', 'fcc0822f-dd13-44d1-8a1a-7cfba08f9436', 'EXTRACT', 1, 0, 'READY', '{"type":"extract-files","source":{"type":"files","folder":"/srv/millrace/files"},"files":{"pattern":"queued.csv","format":{"type":"csv","header":true,"columns":[],"delimiter":",","encoding":"UTF-8"},"missing":"FAIL"},"records":null,"parts":{"format":"NDJSON_ZSTD","rows":null}}', TIMESTAMP WITH TIME ZONE '2026-11-28 22:51:57.305169+00', TIMESTAMP WITH TIME ZONE '2026-11-28 22:52:06.800304+00', 0, 0, 0, 0, NULL, NULL, TIMESTAMP WITH TIME ZONE '2026-11-28 22:51:52.068146+00', NULL);
CREATE INDEX "public"."task_due" ON "public"."task"("state" NULLS LAST, "due" NULLS LAST);
CREATE CACHED TABLE "public"."run"(
    "id" CHARACTER VARYING(36) NOT NULL,
    "batch" CHARACTER VARYING(36) NOT NULL,
    "pipeline" CHARACTER VARYING(63) NOT NULL,
    "endpoint" CHARACTER VARYING(63) NOT NULL,
    "run_day" DATE,
    "target_table" CHARACTER VARYING(2100) NOT NULL,
    "run_trigger" CHARACTER VARYING(16) NOT NULL,
    "state" CHARACTER VARYING(16) NOT NULL,
    "spec" CHARACTER VARYING NOT NULL,
    "generation" INTEGER NOT NULL,
    "closing" CHARACTER VARYING(16),
    "closing_due" TIMESTAMP WITH TIME ZONE,
    "error_code" CHARACTER VARYING(63),
    "error_detail" CHARACTER VARYING,
    "rows_extracted" BIGINT,
    "rows_loaded" BIGINT,
    "rows_rejected" BIGINT,
    "rows_filtered" BIGINT,
    "rows_superseded" BIGINT,
    "archived" BOOLEAN NOT NULL,
    "created_at" TIMESTAMP WITH TIME ZONE NOT NULL,
    "started_at" TIMESTAMP WITH TIME ZONE,
    "finished_at" TIMESTAMP WITH TIME ZONE,
    "rows_exploded" BIGINT,
    "log_due" TIMESTAMP WITH TIME ZONE,
    "dry_run" BOOLEAN DEFAULT FALSE NOT NULL,
    "plan" CHARACTER VARYING
);
ALTER TABLE "public"."run" ADD CONSTRAINT "public"."CONSTRAINT_1" PRIMARY KEY("id");
-- 9 +/- SELECT COUNT(*) FROM public.run;
INSERT INTO "public"."run" VALUES
('eb7fda1a-4a84-4e11-a596-063dbfc967f5', 'fe9ba501-77a8-4805-8d69-6b41673fdfab', 'trial', 'done', NULL, 'trial.done', 'api', 'SUCCEEDED', '{"type":"endpoint","source":{"type":"files","folder":"/srv/millrace/files"},"endpoint":{"request":null,"files":{"pattern":"done.csv","format":{"type":"csv","header":true,"columns":[],"delimiter":",","encoding":"UTF-8"},"missing":"FAIL"},"records":null,"pagination":{"type":"none"},"destination":{"type":"table","table":"trial.done","write":"APPEND","keys":[],"empty":"FAIL","contract":"STRICT","partition":null,"cluster":[]},"schedule":null,"timezone":"UTC","staleAfter":null,"trigger":null,"day":null,"rejects":{"maxShare":0.5},"explode":null,"flatten":null,"filter":null,"rowChecks":[],"schema":[{"name":"id","type":"INTEGER","mode":"REQUIRED","from":null,"format":[],"timezone":null,"sourceTimezone":"UTC","defaultValue":null,"onError":"REJECT","precision":null,"scale":null,"fields":[],"expression":null,"metadata":null,"description":null},{"name":"text","type":"STRING","mode":"NULLABLE","from":null,"format":[],"timezone":null,"sourceTimezone":"UTC","defaultValue":null,"onError":"REJECT","precision":null,"scale":null,"fields":[],"expression":null,"metadata":null,"description":null}]},"credentials":null}', 1, NULL, NULL, NULL, NULL, 13, 10, 3, 0, 0, TRUE, TIMESTAMP WITH TIME ZONE '2026-11-28 22:48:22.698433+00', TIMESTAMP WITH TIME ZONE '2026-11-28 22:48:28.53214+00', TIMESTAMP WITH TIME ZONE '2026-11-28 22:48:35.359224+00', 0, NULL, FALSE, NULL),
('bf591d93-4617-4ad5-ad9c-6d524941afbc', 'fe9ba501-77a8-4805-8d69-6b41673fdfab', 'trial', 'failed', NULL, 'trial.failed', 'api', 'FAILED', '{"type":"endpoint","source":{"type":"files","folder":"/srv/millrace/files"},"endpoint":{"request":null,"files":{"pattern":"failed.csv","format":{"type":"csv","header":true,"columns":[],"delimiter":",","encoding":"UTF-8"},"missing":"FAIL"},"records":null,"pagination":{"type":"none"},"destination":{"type":"table","table":"trial.failed","write":"APPEND","keys":[],"empty":"FAIL","contract":"STRICT","partition":null,"cluster":[]},"schedule":null,"timezone":"UTC","staleAfter":null,"trigger":null,"day":null,"rejects":{"maxShare":0.0},"explode":null,"flatten":null,"filter":null,"rowChecks":[{"name":"id is positive","expression":"id > 0"}],"schema":[{"name":"id","type":"INTEGER","mode":"REQUIRED","from":null,"format":[],"timezone":null,"sourceTimezone":"UTC","defaultValue":null,"onError":"REJECT","precision":null,"scale":null,"fields":[],"expression":null,"metadata":null,"description":null},{"name":"text","type":"STRING","mode":"NULLABLE","from":null,"format":[],"timezone":null,"sourceTimezone":"UTC","defaultValue":null,"onError":"REJECT","precision":null,"scale":null,"fields":[],"expression":null,"metadata":null,"description":null}]},"credentials":null}', 1, NULL, NULL, 'SOURCE_EMPTY', 'no file in /srv/millrace/files matches ''failed.csv''', NULL, NULL, NULL, NULL, NULL, TRUE, TIMESTAMP WITH TIME ZONE '2026-11-28 22:48:22.698433+00', TIMESTAMP WITH TIME ZONE '2026-11-28 22:48:28.421+00', TIMESTAMP WITH TIME ZONE '2026-11-28 22:48:29.526187+00', NULL, NULL, FALSE, NULL),
('3609caed-1d0a-479e-ab4c-8a530f989f10', 'fe9ba501-77a8-4805-8d69-6b41673fdfab', 'trial', 'published', NULL, 'lake/trial/published', 'api', 'SUCCEEDED', '{"type":"endpoint","source":{"type":"files","folder":"/srv/millrace/files"},"endpoint":{"request":null,"files":{"pattern":"published.csv","format":{"type":"csv","header":true,"columns":[],"delimiter":",","encoding":"UTF-8"},"missing":"FAIL"},"records":null,"pagination":{"type":"none"},"destination":{"type":"bucket","bucket":"lake","key":"trial/published","rows":null,"empty":"FAIL"},"schedule":null,"timezone":"UTC","staleAfter":null,"trigger":null,"day":null,"rejects":{"maxShare":0.0},"explode":null,"flatten":null,"filter":null,"rowChecks":[],"schema":[]},"credentials":null}', 1, NULL, NULL, NULL, NULL, 10, 10, 0, 0, 0, TRUE, TIMESTAMP WITH TIME ZONE '2026-11-28 22:48:22.698433+00', TIMESTAMP WITH TIME ZONE '2026-11-28 22:48:28.358039+00', TIMESTAMP WITH TIME ZONE '2026-11-28 22:48:32.450513+00', 0, NULL, FALSE, NULL);
INSERT INTO "public"."run" VALUES
('6cf7a1ee-0989-417d-9eda-3f2626bfdf4d', '0738cb24-3822-4caa-8cba-c52aadb8585c', 'trial', 'loading', NULL, 'trial.loading', 'api', 'LOADING', '{"type":"endpoint","source":{"type":"files","folder":"/srv/millrace/files"},"endpoint":{"request":null,"files":{"pattern":"loading.csv","format":{"type":"csv","header":true,"columns":[],"delimiter":",","encoding":"UTF-8"},"missing":"FAIL"},"records":null,"pagination":{"type":"none"},"destination":{"type":"table","table":"trial.loading","write":"APPEND","keys":[],"empty":"FAIL","contract":"STRICT","partition":null,"cluster":[]},"schedule":null,"timezone":"UTC","staleAfter":null,"trigger":null,"day":null,"rejects":{"maxShare":0.0},"explode":null,"flatten":null,"filter":null,"rowChecks":[],"schema":[{"name":"id","type":"INTEGER","mode":"REQUIRED","from":null,"format":[],"timezone":null,"sourceTimezone":"UTC","defaultValue":null,"onError":"REJECT","precision":null,"scale":null,"fields":[],"expression":null,"metadata":null,"description":null},{"name":"text","type":"STRING","mode":"NULLABLE","from":null,"format":[],"timezone":null,"sourceTimezone":"UTC","defaultValue":null,"onError":"REJECT","precision":null,"scale":null,"fields":[],"expression":null,"metadata":null,"description":null}]},"credentials":null}', 1, NULL, NULL, NULL, NULL, 10, NULL, 0, 0, NULL, FALSE, TIMESTAMP WITH TIME ZONE '2026-11-28 22:51:03.692199+00', TIMESTAMP WITH TIME ZONE '2026-11-28 22:51:26.741304+00', NULL, 0, NULL, FALSE, NULL),
('541b95e8-1ec1-4913-b5bd-0ef2bd2ae532', '0738cb24-3822-4caa-8cba-c52aadb8585c', 'trial', 'waiting', NULL, 'trial.waiting', 'api', 'QUEUED', '{"type":"model","model":{"after":["loading"],"destination":{"type":"table","table":"trial.waiting","write":"REPLACE","keys":[],"empty":"FAIL","contract":"STRICT","partition":null,"cluster":[]},"sql":"SELECT COUNT(*) AS n FROM trial.loading","staleAfter":null},"credentials":null}', 1, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, FALSE, TIMESTAMP WITH TIME ZONE '2026-11-28 22:51:03.692199+00', NULL, NULL, NULL, NULL, FALSE, NULL),
('0cad5742-d110-4303-a487-74e2213c6098', '67784401-2e15-4b05-a097-da39972d39b2', 'trial', 'cancelling', NULL, 'trial.cancelling', 'api', 'CANCELLING', '{"type":"endpoint","source":{"type":"files","folder":"/srv/millrace/files"},"endpoint":{"request":null,"files":{"pattern":"cancelling.csv","format":{"type":"csv","header":true,"columns":[],"delimiter":",","encoding":"UTF-8"},"missing":"FAIL"},"records":null,"pagination":{"type":"none"},"destination":{"type":"table","table":"trial.cancelling","write":"APPEND","keys":[],"empty":"FAIL","contract":"STRICT","partition":null,"cluster":[]},"schedule":null,"timezone":"UTC","staleAfter":null,"trigger":null,"day":null,"rejects":{"maxShare":0.0},"explode":null,"flatten":null,"filter":null,"rowChecks":[],"schema":[{"name":"id","type":"INTEGER","mode":"REQUIRED","from":null,"format":[],"timezone":null,"sourceTimezone":"UTC","defaultValue":null,"onError":"REJECT","precision":null,"scale":null,"fields":[],"expression":null,"metadata":null,"description":null},{"name":"text","type":"STRING","mode":"NULLABLE","from":null,"format":[],"timezone":null,"sourceTimezone":"UTC","defaultValue":null,"onError":"REJECT","precision":null,"scale":null,"fields":[],"expression":null,"metadata":null,"description":null}]},"credentials":null}', 1, 'CANCELLED', TIMESTAMP WITH TIME ZONE '2026-11-28 22:52:08.392603+00', NULL, NULL, 10, NULL, 0, 0, NULL, FALSE, TIMESTAMP WITH TIME ZONE '2026-11-28 22:51:05.9043+00', TIMESTAMP WITH TIME ZONE '2026-11-28 22:51:22.238676+00', NULL, 0, NULL, FALSE, NULL),
('6c89af90-4f2f-4560-84fc-1c809179e146', '7d792f2f-c9ec-454b-8776-8176858c8ee0', 'trial', 'transforming', NULL, 'trial.transforming', 'api', 'TRANSFORMING', '{"type":"endpoint","source":{"type":"files","folder":"/srv/millrace/files"},"endpoint":{"request":null,"files":{"pattern":"transforming.csv","format":{"type":"csv","header":true,"columns":[],"delimiter":",","encoding":"UTF-8"},"missing":"FAIL"},"records":null,"pagination":{"type":"none"},"destination":{"type":"table","table":"trial.transforming","write":"APPEND","keys":[],"empty":"FAIL","contract":"STRICT","partition":null,"cluster":[]},"schedule":null,"timezone":"UTC","staleAfter":null,"trigger":null,"day":null,"rejects":{"maxShare":0.0},"explode":null,"flatten":null,"filter":null,"rowChecks":[],"schema":[{"name":"id","type":"INTEGER","mode":"REQUIRED","from":null,"format":[],"timezone":null,"sourceTimezone":"UTC","defaultValue":null,"onError":"REJECT","precision":null,"scale":null,"fields":[],"expression":null,"metadata":null,"description":null},{"name":"text","type":"STRING","mode":"NULLABLE","from":null,"format":[],"timezone":null,"sourceTimezone":"UTC","defaultValue":null,"onError":"REJECT","precision":null,"scale":null,"fields":[],"expression":null,"metadata":null,"description":null}]},"credentials":null}', 1, NULL, NULL, NULL, NULL, 10, NULL, 0, 0, NULL, FALSE, TIMESTAMP WITH TIME ZONE '2026-11-28 22:51:48.859437+00', TIMESTAMP WITH TIME ZONE '2026-11-28 22:51:49.30192+00', NULL, 0, NULL, FALSE, NULL);
INSERT INTO "public"."run" VALUES
('c4647c0e-1739-4b95-a350-288305eea35a', 'fff5a75a-5ace-41cf-9c1d-bfb10c2fb362', 'trial', 'extracting', NULL, 'trial.extracting', 'api', 'EXTRACTING', '{"type":"endpoint","source":{"type":"files","folder":"/srv/millrace/files"},"endpoint":{"request":null,"files":{"pattern":"extracting.csv","format":{"type":"csv","header":true,"columns":[],"delimiter":",","encoding":"UTF-8"},"missing":"FAIL"},"records":null,"pagination":{"type":"none"},"destination":{"type":"table","table":"trial.extracting","write":"APPEND","keys":[],"empty":"FAIL","contract":"STRICT","partition":null,"cluster":[]},"schedule":null,"timezone":"UTC","staleAfter":null,"trigger":null,"day":null,"rejects":{"maxShare":0.0},"explode":null,"flatten":null,"filter":null,"rowChecks":[],"schema":[{"name":"id","type":"INTEGER","mode":"REQUIRED","from":null,"format":[],"timezone":null,"sourceTimezone":"UTC","defaultValue":null,"onError":"REJECT","precision":null,"scale":null,"fields":[],"expression":null,"metadata":null,"description":null},{"name":"text","type":"STRING","mode":"NULLABLE","from":null,"format":[],"timezone":null,"sourceTimezone":"UTC","defaultValue":null,"onError":"REJECT","precision":null,"scale":null,"fields":[],"expression":null,"metadata":null,"description":null}]},"credentials":null}', 1, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, FALSE, TIMESTAMP WITH TIME ZONE '2026-11-28 22:51:50.196617+00', TIMESTAMP WITH TIME ZONE '2026-11-28 22:51:50.665456+00', NULL, NULL, NULL, FALSE, NULL),
('fcc0822f-dd13-44d1-8a1a-7cfba08f9436', 'f5ab6476-60ae-4289-a982-f7395ef20833', 'trial', 'queued', NULL, 'trial.queued', 'api', 'QUEUED', '{"type":"endpoint","source":{"type":"files","folder":"/srv/millrace/files"},"endpoint":{"request":null,"files":{"pattern":"queued.csv","format":{"type":"csv","header":true,"columns":[],"delimiter":",","encoding":"UTF-8"},"missing":"FAIL"},"records":null,"pagination":{"type":"none"},"destination":{"type":"table","table":"trial.queued","write":"APPEND","keys":[],"empty":"FAIL","contract":"STRICT","partition":null,"cluster":[]},"schedule":null,"timezone":"UTC","staleAfter":null,"trigger":null,"day":null,"rejects":{"maxShare":0.0},"explode":null,"flatten":null,"filter":null,"rowChecks":[],"schema":[{"name":"id","type":"INTEGER","mode":"REQUIRED","from":null,"format":[],"timezone":null,"sourceTimezone":"UTC","defaultValue":null,"onError":"REJECT","precision":null,"scale":null,"fields":[],"expression":null,"metadata":null,"description":null},{"name":"text","type":"STRING","mode":"NULLABLE","from":null,"format":[],"timezone":null,"sourceTimezone":"UTC","defaultValue":null,"onError":"REJECT","precision":null,"scale":null,"fields":[],"expression":null,"metadata":null,"description":null}]},"credentials":null}', 1, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, FALSE, TIMESTAMP WITH TIME ZONE '2026-11-28 22:51:51.930961+00', NULL, NULL, NULL, NULL, FALSE, NULL);
CREATE INDEX "public"."run_newest" ON "public"."run"("created_at" NULLS LAST, "id" NULLS LAST);
CREATE INDEX "public"."run_batch" ON "public"."run"("batch" NULLS LAST);
CREATE INDEX "public"."run_unarchived" ON "public"."run"("archived" NULLS LAST, "finished_at" NULLS LAST);
CREATE INDEX "public"."run_closing" ON "public"."run"("closing_due" NULLS LAST);
CREATE INDEX "public"."run_log_due" ON "public"."run"("log_due" NULLS LAST);
CREATE INDEX "public"."run_of_endpoint" ON "public"."run"("pipeline" NULLS LAST, "endpoint" NULLS LAST, "created_at" NULLS LAST);
CREATE CACHED TABLE "public"."log_line"(
    "id" BIGINT GENERATED BY DEFAULT AS IDENTITY(START WITH 1 RESTART WITH 72) NOT NULL,
    "run" CHARACTER VARYING(36) NOT NULL,
    "log_time" TIMESTAMP WITH TIME ZONE NOT NULL,
    "level" CHARACTER VARYING(8) NOT NULL,
    "message" CHARACTER VARYING NOT NULL
);
ALTER TABLE "public"."log_line" ADD CONSTRAINT "public"."CONSTRAINT_7" PRIMARY KEY("id");
-- 45 +/- SELECT COUNT(*) FROM public.log_line;
INSERT INTO "public"."log_line" VALUES
(1, 'eb7fda1a-4a84-4e11-a596-063dbfc967f5', TIMESTAMP WITH TIME ZONE '2026-11-28 22:48:22.698433+00', 'INFO', 'START trial/done'),
(2, 'bf591d93-4617-4ad5-ad9c-6d524941afbc', TIMESTAMP WITH TIME ZONE '2026-11-28 22:48:22.698433+00', 'INFO', 'START trial/failed'),
(3, '3609caed-1d0a-479e-ab4c-8a530f989f10', TIMESTAMP WITH TIME ZONE '2026-11-28 22:48:22.698433+00', 'INFO', 'START trial/published'),
(4, 'eb7fda1a-4a84-4e11-a596-063dbfc967f5', TIMESTAMP WITH TIME ZONE '2026-11-28 22:48:29.261723+00', 'WARN', 'the extractor stopped answering after it had finished; its manifest is taken'),
(5, 'eb7fda1a-4a84-4e11-a596-063dbfc967f5', TIMESTAMP WITH TIME ZONE '2026-11-28 22:48:29.261723+00', 'INFO', 'extracted 13 records'),
(6, 'bf591d93-4617-4ad5-ad9c-6d524941afbc', TIMESTAMP WITH TIME ZONE '2026-11-28 22:48:29.526187+00', 'ERROR', 'SOURCE_EMPTY: no file in /srv/millrace/files matches ''failed.csv'''),
(7, 'bf591d93-4617-4ad5-ad9c-6d524941afbc', TIMESTAMP WITH TIME ZONE '2026-11-28 22:48:29.526187+00', 'INFO', 'END FAILED'),
(8, '3609caed-1d0a-479e-ab4c-8a530f989f10', TIMESTAMP WITH TIME ZONE '2026-11-28 22:48:29.901195+00', 'WARN', 'the extractor stopped answering after it had finished; its manifest is taken'),
(9, '3609caed-1d0a-479e-ab4c-8a530f989f10', TIMESTAMP WITH TIME ZONE '2026-11-28 22:48:29.901195+00', 'INFO', 'extracted 10 records'),
(10, '3609caed-1d0a-479e-ab4c-8a530f989f10', TIMESTAMP WITH TIME ZONE '2026-11-28 22:48:32.198965+00', 'INFO', 'published: 10 records under lake/trial/published'),
(11, '3609caed-1d0a-479e-ab4c-8a530f989f10', TIMESTAMP WITH TIME ZONE '2026-11-28 22:48:32.450513+00', 'INFO', 'loaded 10 rows into lake/trial/published, which now has 10'),
(12, '3609caed-1d0a-479e-ab4c-8a530f989f10', TIMESTAMP WITH TIME ZONE '2026-11-28 22:48:32.450513+00', 'INFO', 'END SUCCEEDED'),
(13, 'eb7fda1a-4a84-4e11-a596-063dbfc967f5', TIMESTAMP WITH TIME ZONE '2026-11-28 22:48:33.278509+00', 'INFO', 'part-00000.parquet: 10 rows, 633 bytes'),
(14, 'eb7fda1a-4a84-4e11-a596-063dbfc967f5', TIMESTAMP WITH TIME ZONE '2026-11-28 22:48:33.767518+00', 'INFO', 'transformed 13 records, rejected 3'),
(15, 'eb7fda1a-4a84-4e11-a596-063dbfc967f5', TIMESTAMP WITH TIME ZONE '2026-11-28 22:48:34.737836+00', 'INFO', 'staged 10 rows'),
(16, 'eb7fda1a-4a84-4e11-a596-063dbfc967f5', TIMESTAMP WITH TIME ZONE '2026-11-28 22:48:35.324321+00', 'INFO', 'committed: 10 rows, 0 of them superseded; trial.done has 10 rows'),
(17, 'eb7fda1a-4a84-4e11-a596-063dbfc967f5', TIMESTAMP WITH TIME ZONE '2026-11-28 22:48:35.359224+00', 'INFO', 'loaded 10 rows into trial.done, which now has 10'),
(18, 'eb7fda1a-4a84-4e11-a596-063dbfc967f5', TIMESTAMP WITH TIME ZONE '2026-11-28 22:48:35.359224+00', 'INFO', 'END SUCCEEDED'),
(19, '6cf7a1ee-0989-417d-9eda-3f2626bfdf4d', TIMESTAMP WITH TIME ZONE '2026-11-28 22:51:03.692199+00', 'INFO', 'START trial/loading'),
(20, '541b95e8-1ec1-4913-b5bd-0ef2bd2ae532', TIMESTAMP WITH TIME ZONE '2026-11-28 22:51:03.692199+00', 'INFO', 'START trial/waiting after loading'),
(21, '0cad5742-d110-4303-a487-74e2213c6098', TIMESTAMP WITH TIME ZONE '2026-11-28 22:51:05.9043+00', 'INFO', 'START trial/cancelling'),
(22, '6cf7a1ee-0989-417d-9eda-3f2626bfdf4d', TIMESTAMP WITH TIME ZONE '2026-11-28 22:51:09.72995+00', 'WARN', 'the extractor stopped answering; attempt 2 follows'),
(23, '0cad5742-d110-4303-a487-74e2213c6098', TIMESTAMP WITH TIME ZONE '2026-11-28 22:51:11.417876+00', 'WARN', 'the extractor stopped answering; attempt 2 follows'),
(24, '6cf7a1ee-0989-417d-9eda-3f2626bfdf4d', TIMESTAMP WITH TIME ZONE '2026-11-28 22:51:16.435452+00', 'WARN', 'the extractor stopped answering; attempt 3 follows'),
(25, '0cad5742-d110-4303-a487-74e2213c6098', TIMESTAMP WITH TIME ZONE '2026-11-28 22:51:17.661871+00', 'WARN', 'the extractor stopped answering; attempt 3 follows'),
(26, '6cf7a1ee-0989-417d-9eda-3f2626bfdf4d', TIMESTAMP WITH TIME ZONE '2026-11-28 22:51:22.554464+00', 'WARN', 'the extractor stopped answering; attempt 4 follows'),
(27, '6cf7a1ee-0989-417d-9eda-3f2626bfdf4d', TIMESTAMP WITH TIME ZONE '2026-11-28 22:51:26.614242+00', 'INFO', 'loading.csv: 10 records, 1 ms');
INSERT INTO "public"."log_line" VALUES
(28, '0cad5742-d110-4303-a487-74e2213c6098', TIMESTAMP WITH TIME ZONE '2026-11-28 22:51:26.841877+00', 'INFO', 'cancelling.csv: 10 records, 1 ms'),
(29, '0cad5742-d110-4303-a487-74e2213c6098', TIMESTAMP WITH TIME ZONE '2026-11-28 22:51:27.458307+00', 'INFO', 'extracted 10 records'),
(30, '6cf7a1ee-0989-417d-9eda-3f2626bfdf4d', TIMESTAMP WITH TIME ZONE '2026-11-28 22:51:27.27525+00', 'INFO', 'extracted 10 records'),
(31, '6cf7a1ee-0989-417d-9eda-3f2626bfdf4d', TIMESTAMP WITH TIME ZONE '2026-11-28 22:51:33.009221+00', 'WARN', 'the transformer stopped answering; attempt 2 follows'),
(32, '0cad5742-d110-4303-a487-74e2213c6098', TIMESTAMP WITH TIME ZONE '2026-11-28 22:51:33.296831+00', 'WARN', 'the transformer stopped answering; attempt 2 follows'),
(33, '6cf7a1ee-0989-417d-9eda-3f2626bfdf4d', TIMESTAMP WITH TIME ZONE '2026-11-28 22:51:39.199459+00', 'WARN', 'the transformer stopped answering; attempt 3 follows'),
(34, '0cad5742-d110-4303-a487-74e2213c6098', TIMESTAMP WITH TIME ZONE '2026-11-28 22:51:39.464686+00', 'WARN', 'the transformer stopped answering; attempt 3 follows'),
(35, '0cad5742-d110-4303-a487-74e2213c6098', TIMESTAMP WITH TIME ZONE '2026-11-28 22:51:43.277405+00', 'INFO', 'part-00000.parquet: 10 rows, 633 bytes'),
(36, '0cad5742-d110-4303-a487-74e2213c6098', TIMESTAMP WITH TIME ZONE '2026-11-28 22:51:45.730004+00', 'INFO', 'transformed 10 records, rejected 0'),
(37, '6cf7a1ee-0989-417d-9eda-3f2626bfdf4d', TIMESTAMP WITH TIME ZONE '2026-11-28 22:51:46.757359+00', 'INFO', 'part-00000.parquet: 10 rows, 633 bytes'),
(38, '6cf7a1ee-0989-417d-9eda-3f2626bfdf4d', TIMESTAMP WITH TIME ZONE '2026-11-28 22:51:46.921041+00', 'INFO', 'transformed 10 records, rejected 0'),
(39, '0cad5742-d110-4303-a487-74e2213c6098', TIMESTAMP WITH TIME ZONE '2026-11-28 22:51:47.773005+00', 'INFO', 'cancel asked for'),
(40, '6c89af90-4f2f-4560-84fc-1c809179e146', TIMESTAMP WITH TIME ZONE '2026-11-28 22:51:48.859437+00', 'INFO', 'START trial/transforming'),
(41, '6c89af90-4f2f-4560-84fc-1c809179e146', TIMESTAMP WITH TIME ZONE '2026-11-28 22:51:49.313017+00', 'INFO', 'transforming.csv: 10 records, 4 ms'),
(42, '6c89af90-4f2f-4560-84fc-1c809179e146', TIMESTAMP WITH TIME ZONE '2026-11-28 22:51:49.566024+00', 'INFO', 'extracted 10 records'),
(43, 'c4647c0e-1739-4b95-a350-288305eea35a', TIMESTAMP WITH TIME ZONE '2026-11-28 22:51:50.196617+00', 'INFO', 'START trial/extracting'),
(44, 'fcc0822f-dd13-44d1-8a1a-7cfba08f9436', TIMESTAMP WITH TIME ZONE '2026-11-28 22:51:51.930961+00', 'INFO', 'START trial/queued'),
(45, 'c4647c0e-1739-4b95-a350-288305eea35a', TIMESTAMP WITH TIME ZONE '2026-11-28 22:51:55.877708+00', 'WARN', 'the extractor stopped answering; attempt 2 follows');
CREATE INDEX "public"."log_line_run" ON "public"."log_line"("run" NULLS LAST, "id" NULLS LAST);
CREATE CACHED TABLE "public"."idempotency"(
    "idempotency_key" CHARACTER VARYING(300) NOT NULL,
    "request" CHARACTER VARYING(64) NOT NULL,
    "batch" CHARACTER VARYING(36) NOT NULL,
    "created_at" TIMESTAMP WITH TIME ZONE NOT NULL
);
ALTER TABLE "public"."idempotency" ADD CONSTRAINT "public"."CONSTRAINT_2" PRIMARY KEY("idempotency_key");
-- 0 +/- SELECT COUNT(*) FROM public.idempotency;
CREATE CACHED TABLE "public"."run_after"(
    "run" CHARACTER VARYING(36) NOT NULL,
    "upstream" CHARACTER VARYING(36) NOT NULL
);
ALTER TABLE "public"."run_after" ADD CONSTRAINT "public"."CONSTRAINT_E2F" PRIMARY KEY("run", "upstream");
-- 1 +/- SELECT COUNT(*) FROM public.run_after;
INSERT INTO "public"."run_after" VALUES
('541b95e8-1ec1-4913-b5bd-0ef2bd2ae532', '6cf7a1ee-0989-417d-9eda-3f2626bfdf4d');
CREATE CACHED TABLE "public"."notification"(
    "id" CHARACTER VARYING(36) NOT NULL,
    "webhook" CHARACTER VARYING(63) NOT NULL,
    "body" CHARACTER VARYING NOT NULL,
    "tries" INTEGER NOT NULL,
    "created_at" TIMESTAMP WITH TIME ZONE NOT NULL,
    "due" TIMESTAMP WITH TIME ZONE NOT NULL
);
ALTER TABLE "public"."notification" ADD CONSTRAINT "public"."CONSTRAINT_23" PRIMARY KEY("id");
-- 0 +/- SELECT COUNT(*) FROM public.notification;
CREATE INDEX "public"."notification_due" ON "public"."notification"("webhook" NULLS LAST, "due" NULLS LAST);
CREATE CACHED TABLE "public"."suspension"(
    "schedule" CHARACTER VARYING(127) NOT NULL
);
ALTER TABLE "public"."suspension" ADD CONSTRAINT "public"."CONSTRAINT_1C" PRIMARY KEY("schedule");
-- 0 +/- SELECT COUNT(*) FROM public.suspension;
CREATE CACHED TABLE "public"."arrival"(
    "id" BIGINT GENERATED BY DEFAULT AS IDENTITY(START WITH 1) NOT NULL,
    "pipeline" CHARACTER VARYING(63) NOT NULL,
    "endpoint" CHARACTER VARYING(63) NOT NULL,
    "bucket" CHARACTER VARYING(222) NOT NULL,
    "object_name" CHARACTER VARYING(1024) NOT NULL,
    "generation" BIGINT NOT NULL,
    "event" CHARACTER VARYING(255) NOT NULL,
    "arrived_at" TIMESTAMP WITH TIME ZONE NOT NULL,
    "batch" CHARACTER VARYING(36)
);
ALTER TABLE "public"."arrival" ADD CONSTRAINT "public"."CONSTRAINT_D" PRIMARY KEY("id");
-- 0 +/- SELECT COUNT(*) FROM public.arrival;
CREATE INDEX "public"."arrival_batch" ON "public"."arrival"("batch" NULLS LAST, "pipeline" NULLS LAST, "endpoint" NULLS LAST);
CREATE CACHED TABLE "public"."endpoint_status"(
    "name" CHARACTER VARYING(127) NOT NULL,
    "pipeline" CHARACTER VARYING(63) NOT NULL,
    "endpoint" CHARACTER VARYING(63) NOT NULL,
    "succeeded_at" TIMESTAMP WITH TIME ZONE,
    "failing_since" TIMESTAMP WITH TIME ZONE,
    "watched_since" TIMESTAMP WITH TIME ZONE DEFAULT CURRENT_TIMESTAMP NOT NULL,
    "stale_told" TIMESTAMP WITH TIME ZONE
);
ALTER TABLE "public"."endpoint_status" ADD CONSTRAINT "public"."CONSTRAINT_F" PRIMARY KEY("name");
-- 3 +/- SELECT COUNT(*) FROM public.endpoint_status;
INSERT INTO "public"."endpoint_status" VALUES
('trial/failed', 'trial', 'failed', NULL, TIMESTAMP WITH TIME ZONE '2026-11-28 22:48:29.526187+00', TIMESTAMP WITH TIME ZONE '2026-11-28 22:48:29.526187+00', NULL),
('trial/published', 'trial', 'published', TIMESTAMP WITH TIME ZONE '2026-11-28 22:48:32.450513+00', NULL, TIMESTAMP WITH TIME ZONE '2026-11-28 22:48:32.450513+00', NULL),
('trial/done', 'trial', 'done', TIMESTAMP WITH TIME ZONE '2026-11-28 22:48:35.359224+00', NULL, TIMESTAMP WITH TIME ZONE '2026-11-28 22:48:35.359224+00', NULL);
ALTER TABLE "public"."task" ADD CONSTRAINT "public"."CONSTRAINT_363" UNIQUE NULLS DISTINCT ("run", "step");
ALTER TABLE "public"."arrival" ADD CONSTRAINT "public"."CONSTRAINT_D4" UNIQUE NULLS DISTINCT ("pipeline", "endpoint", "bucket", "object_name", "generation");
ALTER TABLE "public"."run_after" ADD CONSTRAINT "public"."CONSTRAINT_E2" FOREIGN KEY("upstream") REFERENCES "public"."run"("id") NOCHECK;
ALTER TABLE "public"."log_line" ADD CONSTRAINT "public"."CONSTRAINT_78" FOREIGN KEY("run") REFERENCES "public"."run"("id") NOCHECK;
ALTER TABLE "public"."task" ADD CONSTRAINT "public"."CONSTRAINT_36" FOREIGN KEY("run") REFERENCES "public"."run"("id") NOCHECK;
ALTER TABLE "public"."run_after" ADD CONSTRAINT "public"."CONSTRAINT_E" FOREIGN KEY("run") REFERENCES "public"."run"("id") NOCHECK;
