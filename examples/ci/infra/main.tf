resource "aws_sqs_queue" "jobs" {
  name                    = "acme-jobs"
  sqs_managed_sse_enabled = true
}
