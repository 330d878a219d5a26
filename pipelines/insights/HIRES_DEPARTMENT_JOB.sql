-- title: Hires by department and job
-- description: >-
--   How many people each department has hired for each job in each quarter of a year, in UTC. Hires whose department or job
--   is unknown are groups of their own, behind the others.
-- parameters:
--   year: {type: INTEGER, default: 2021}
-- chart: {type: stacked-bar, x: department, y: [q1, q2, q3, q4]}
SELECT
  d.department,
  j.job,
  COUNT(CASE WHEN EXTRACT(QUARTER FROM h.datetime) = 1 THEN 1 END) AS q1,
  COUNT(CASE WHEN EXTRACT(QUARTER FROM h.datetime) = 2 THEN 1 END) AS q2,
  COUNT(CASE WHEN EXTRACT(QUARTER FROM h.datetime) = 3 THEN 1 END) AS q3,
  COUNT(CASE WHEN EXTRACT(QUARTER FROM h.datetime) = 4 THEN 1 END) AS q4
FROM hiring.hired_employees AS h
LEFT JOIN hiring.departments AS d ON d.id = h.department_id
LEFT JOIN hiring.jobs AS j ON j.id = h.job_id
WHERE EXTRACT(YEAR FROM h.datetime) = @year
GROUP BY d.department, j.job
ORDER BY d.department NULLS LAST, j.job NULLS LAST
