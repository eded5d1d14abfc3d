// Stand-ins for the worker types that the head names, so that its own files compile where the worker's packages cannot be had.
// Each cites the file of github.com/Azure/azure-functions-dotnet-worker, and the package version, whose public shape it repeats; none allows more.
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Microsoft.Azure.Functions.Worker.Extensions.Abstractions
{
    /// <summary>extensions/Worker.Extensions.Abstractions/src/TriggerBindingAttribute.cs, 1.3.0.</summary>
    [AttributeUsage(AttributeTargets.Parameter)]
    public abstract class TriggerBindingAttribute : Attribute;
}

namespace Microsoft.Azure.Functions.Worker
{
    /// <summary>extensions/Worker.Extensions.Abstractions/src/FunctionAttribute.cs, 1.3.0.</summary>
    [AttributeUsage(AttributeTargets.Method)]
    public sealed class FunctionAttribute(string name) : Attribute
    {
        public string Name { get; } = name;
    }

    /// <summary>extensions/Worker.Extensions.Timer/src/TimerTriggerAttribute.cs, Extensions.Timer 4.3.1.</summary>
    public sealed class TimerTriggerAttribute(string schedule) : Extensions.Abstractions.TriggerBindingAttribute
    {
        public string Schedule { get; } = schedule;
    }

    /// <summary>extensions/Worker.Extensions.Timer/src/TimerInfo.cs, Extensions.Timer 4.3.1.</summary>
    public class TimerInfo;

    /// <summary>extensions/Worker.Extensions.Storage.Queues/src/QueueTriggerAttribute.cs, Extensions.Storage.Queues 5.5.5.</summary>
    public sealed class QueueTriggerAttribute(string queueName) : Extensions.Abstractions.TriggerBindingAttribute
    {
        public string QueueName { get; } = queueName;

        public string? Connection { get; set; }
    }

    /// <summary>extensions/Worker.Extensions.Http/src/AuthorizationLevel.cs, Extensions.Http 3.3.0.</summary>
    public enum AuthorizationLevel { Anonymous, User, Function, System, Admin }

    /// <summary>extensions/Worker.Extensions.Http/src/HttpTriggerAttribute.cs, Extensions.Http 3.3.0: without methods it has none, not an empty list.</summary>
    public sealed class HttpTriggerAttribute(AuthorizationLevel authLevel) : Extensions.Abstractions.TriggerBindingAttribute
    {
        public HttpTriggerAttribute(AuthorizationLevel authLevel, params string[] methods) : this(authLevel) => Methods = methods;

        public AuthorizationLevel AuthLevel { get; } = authLevel;

        public string[]? Methods { get; }

        public string? Route { get; set; }
    }
}

namespace Microsoft.Azure.Functions.Worker.Builder
{
    /// <summary>src/DotNetWorker/Builder/FunctionsApplication.cs, Worker 2.52.0.</summary>
    public static class FunctionsApplication
    {
        public static FunctionsApplicationBuilder CreateBuilder(string[] args) => new(args);
    }

    /// <summary>src/DotNetWorker/Builder/FunctionsApplicationBuilder.cs, Worker 2.52.0: a host builder that has read environment and command line.</summary>
    public sealed class FunctionsApplicationBuilder
    {
        private readonly WebApplicationBuilder host;

        internal FunctionsApplicationBuilder(string[] args) => host = WebApplication.CreateBuilder(args);

        public ConfigurationManager Configuration => host.Configuration;

        public IServiceCollection Services => host.Services;

        internal bool IsWeb { get; set; }

        // The worker's own builder has nothing of ASP.NET Core until it is told to; this one always has, and refuses instead.
        public IHost Build() => IsWeb ? host.Build() : throw new InvalidOperationException("ConfigureFunctionsWebApplication was not called.");
    }

    /// <summary>
    /// extensions/Worker.Extensions.Http.AspNetCore/src/FunctionsApplicationBuilderAspNetCoreExtensions.cs, 2.1.1; and WorkerBuilderExtensions.cs there,
    /// which adds all of MVC: with it come services of Razor components that are scoped.
    /// </summary>
    public static class FunctionsApplicationBuilderAspNetCoreExtensions
    {
        public static FunctionsApplicationBuilder ConfigureFunctionsWebApplication(this FunctionsApplicationBuilder builder)
        {
            builder.IsWeb = true;
            builder.Services.AddMvc();
            return builder;
        }
    }
}
