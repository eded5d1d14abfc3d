// Shapes of parts that are being written elsewhere. Each goes when the part it waits for arrives; then this file goes.
#pragma warning disable
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace DailyDigest.Web
{
    public static class AwaitedWeb
    {
        public static IServiceCollection AddWeb(this IServiceCollection s, IConfiguration c) => s;
        public static IApplicationBuilder UseWeb(this IApplicationBuilder a) => a;
        public static IEndpointRouteBuilder MapWeb(this IEndpointRouteBuilder e) { e.MapGet("/healthz", () => "ok"); return e; }
    }
}
