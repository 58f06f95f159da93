# A module as people write them: variables, locals, a network, a bucket, roles, instances and outputs.

terraform {
  required_version = ">= 1.5"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 5.0"
    }
  }
}

provider "aws" {
  region = var.region

  default_tags {
    tags = local.tags
  }
}

variable "region" {
  description = "The region in which everything is created."
  type        = string
  default     = "eu-west-1"
}

variable "name" {
  description = "Prefix of every name. Use lower case letters, digits and hyphens, and at most 20 characters."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,19}$", var.name))
    error_message = "The name must begin with a letter and hold only lower case letters, digits and hyphens."
  }
}

variable "cidr" {
  description = "Address range of the network."
  type        = string
  default     = "10.0.0.0/16"
}

variable "azs" {
  description = "Availability zones; one public and one private subnet is created in each."
  type        = list(string)
  default     = ["eu-west-1a", "eu-west-1b", "eu-west-1c"]
}

variable "instances" {
  description = "Instances to run, by name."
  type = map(object({
    instance_type = string
    volume_size   = optional(number, 20)
    public        = optional(bool, false)
  }))
  default = {}
}

variable "single_nat_gateway" {
  description = "Whether all private subnets share one NAT gateway instead of having one each."
  type        = bool
  default     = true
}

variable "ingress_rules" {
  type = list(object({ port = number, cidr_blocks = list(string), description = string }))
  default = [
    { port = 443, cidr_blocks = ["0.0.0.0/0"], description = "HTTPS" },
    { port = 80, cidr_blocks = ["0.0.0.0/0"], description = "HTTP" },
  ]
}

locals {
  tags = {
    Name        = var.name
    Environment = terraform.workspace
    ManagedBy   = "terraform"
  }

  nat_count       = var.single_nat_gateway ? 1 : length(var.azs)
  public_subnets  = [for index, zone in var.azs : cidrsubnet(var.cidr, 8, index)]
  private_subnets = [for index, zone in var.azs : cidrsubnet(var.cidr, 8, index + length(var.azs))]
  large           = { for name, instance in var.instances : name => instance if instance.volume_size > 100 }
}

data "aws_caller_identity" "current" {}

data "aws_ami" "linux" {
  most_recent = true
  owners      = ["amazon"]

  filter {
    name   = "name"
    values = ["al2023-ami-*-x86_64"]
  }

  filter {
    name   = "virtualization-type"
    values = ["hvm"]
  }
}

################################################################################
# Network
################################################################################

resource "aws_vpc" "this" {
  cidr_block           = var.cidr
  enable_dns_hostnames = true
  enable_dns_support   = true

  tags = merge(local.tags, { "Name" = "${var.name}-vpc" })
}

resource "aws_internet_gateway" "this" {
  vpc_id = aws_vpc.this.id

  tags = merge(local.tags, { "Name" = "${var.name}-igw" })
}

resource "aws_subnet" "public" {
  count = length(local.public_subnets)

  vpc_id                  = aws_vpc.this.id
  cidr_block              = element(concat(local.public_subnets, [""]), count.index)
  availability_zone       = element(var.azs, count.index)
  map_public_ip_on_launch = true

  tags = merge(
    { "Name" = format("%s-public-%s", var.name, element(var.azs, count.index)) },
    local.tags,
  )
}

resource "aws_subnet" "private" {
  count = length(local.private_subnets)

  vpc_id            = aws_vpc.this.id
  cidr_block        = local.private_subnets[count.index]
  availability_zone = element(var.azs, count.index)

  tags = merge(
    { "Name" = format("%s-private-%s", var.name, element(var.azs, count.index)) },
    local.tags,
  )
}

resource "aws_eip" "nat" {
  count  = local.nat_count
  domain = "vpc"

  depends_on = [aws_internet_gateway.this]
}

resource "aws_nat_gateway" "this" {
  count = local.nat_count

  allocation_id = aws_eip.nat[count.index].id
  subnet_id     = aws_subnet.public[count.index].id

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_route_table" "private" {
  count  = local.nat_count
  vpc_id = aws_vpc.this.id

  route {
    cidr_block     = "0.0.0.0/0"
    nat_gateway_id = element(aws_nat_gateway.this[*].id, count.index)
  }
}

resource "aws_security_group" "web" {
  name_prefix = "${var.name}-web-"
  description = "Traffic from the internet to the web servers"
  vpc_id      = aws_vpc.this.id

  dynamic "ingress" {
    for_each = var.ingress_rules

    content {
      description = ingress.value.description
      from_port   = ingress.value.port
      to_port     = ingress.value.port
      protocol    = "tcp"
      cidr_blocks = ingress.value.cidr_blocks
    }
  }

  egress {
    from_port   = 0
    to_port     = 0
    protocol    = "-1"
    cidr_blocks = ["0.0.0.0/0"]
  }
}

################################################################################
# Storage
################################################################################

resource "aws_s3_bucket" "logs" {
  bucket        = lower("${var.name}-logs-${data.aws_caller_identity.current.account_id}")
  force_destroy = false
}

resource "aws_s3_bucket_versioning" "logs" {
  bucket = aws_s3_bucket.logs.id

  versioning_configuration {
    status = "Enabled"
  }
}

resource "aws_s3_bucket_policy" "logs" {
  bucket = aws_s3_bucket.logs.id

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid       = "DenyInsecureTransport"
        Effect    = "Deny"
        Principal = "*"
        Action    = "s3:*"
        Resource = [
          aws_s3_bucket.logs.arn,
          "${aws_s3_bucket.logs.arn}/*",
        ]
        Condition = {
          Bool = { "aws:SecureTransport" = "false" }
        }
      },
    ]
  })
}

################################################################################
# Instances
################################################################################

resource "aws_iam_role" "instance" {
  name = "${var.name}-instance"

  assume_role_policy = <<-EOF
    {
      "Version": "2012-10-17",
      "Statement": [
        {
          "Action": "sts:AssumeRole",
          "Principal": { "Service": "ec2.amazonaws.com" },
          "Effect": "Allow"
        }
      ]
    }
  EOF
}

resource "aws_instance" "this" {
  for_each = var.instances

  ami                         = data.aws_ami.linux.id
  instance_type               = each.value.instance_type
  subnet_id                   = each.value.public ? aws_subnet.public[0].id : aws_subnet.private[0].id
  associate_public_ip_address = each.value.public
  vpc_security_group_ids      = [aws_security_group.web.id]

  root_block_device {
    volume_size = each.value.volume_size
    volume_type = "gp3"
    encrypted   = true
  }

  user_data = <<-EOT
    #!/bin/bash
    hostnamectl set-hostname ${each.key}
    %{ for name in keys(var.instances) ~}
    echo "${name}" >> /etc/peers
    %{ endfor ~}
  EOT

  tags = { Name = "${var.name}-${each.key}" }
}

output "vpc_id" {
  description = "The ID of the network."
  value       = aws_vpc.this.id
}

output "public_subnet_ids" {
  value = aws_subnet.public[*].id
}

output "instance_ips" {
  description = "Private addresses of the instances, by name."
  value       = { for name, instance in aws_instance.this : name => instance.private_ip }
}
