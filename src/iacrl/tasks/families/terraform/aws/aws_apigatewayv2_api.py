"""An HTTP API: its name and CORS, then an integration, a route and a stage."""

from __future__ import annotations

from iacrl.tasks import words
from iacrl.tasks.families.terraform.hcl import Ref
from iacrl.tasks.families.terraform.sheet import TerraformSheet
from iacrl.tasks.family import Draw, Item, family


@family("terraform", levels={1: "name and protocol", 2: "CORS", 3: "an integration", 4: "a route", 5: "a stage"})
def aws_apigatewayv2_api(draw: Draw, level: int) -> Item:
    """Draw one API."""
    sheet = TerraformSheet(draw)
    api = sheet.resource("aws_apigatewayv2_api", "api")
    api.put("name", draw.name(), "API name")
    api.put("protocol_type", "HTTP", "protocol")
    api.put(
        "description", f"{draw.choice(('Serves', 'Public', 'Internal'))} {draw.choice(words.SERVICES)}", "description"
    )
    if level >= 2:
        origin, methods = f"https://{draw.domain()}", draw.sample(("GET", "POST", "PUT", "DELETE", "PATCH"), 2)
        sheet.say("CORS allows origin", origin)
        sheet.say("CORS allows methods", " and ".join(methods))
        api.put("cors_configuration[0].allow_origins", [origin], test=[origin])
        api.put("cors_configuration[0].allow_methods", methods, test={"items": methods})
    if level >= 3:
        backend = sheet.resource("aws_apigatewayv2_integration", "backend")
        backend.refer("api_id", api)
        backend.put("integration_type", "HTTP_PROXY", "integration type")
        backend.put("integration_method", draw.choice(("GET", "POST", "ANY")), "integration method")
        backend.put("integration_uri", f"https://{draw.domain()}/{draw.choice(words.SERVICES)}", "integration URI")
    if level >= 4:
        route = sheet.resource("aws_apigatewayv2_route", "route")
        route.refer("api_id", api)
        path = f"/{draw.choice(words.SERVICES)}"
        route.put("route_key", f"{draw.choice(('GET', 'POST', 'PUT'))} {path}", "route to the integration")
        route.put("target", Ref('"integrations/${aws_apigatewayv2_integration.backend.id}"'))
        route.expect("target", {"refers_to": "backend", "by": "id"})
    if level >= 5:
        stage = sheet.resource("aws_apigatewayv2_stage", "stage")
        stage.refer("api_id", api)
        stage.put("name", draw.stage(), "stage")
        stage.put("auto_deploy", True, test=True)
        sheet.say("the stage deploys by itself")
    return sheet.item("an API Gateway HTTP API", "an HTTP API in API Gateway")
