using DailyDigest.Functions;
using DailyDigest.Storage;
using Microsoft.Azure.Functions.Worker.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

var builder = FunctionsApplication.CreateBuilder(args);
builder.ConfigureFunctionsWebApplication();
builder.Services.AddDailyDigestFunctions(builder.Configuration);

var app = builder.Build();

// Faulty settings first, so that they are not reported as a storage that cannot be reached. Then what the triggers do not create: tables, queue.
app.Services.GetService<IStartupValidator>()?.Validate();
await app.Services.GetRequiredService<ITableStore>().PrepareAsync(CancellationToken.None);
await app.Services.GetRequiredService<IQueueStore>().PrepareAsync(CancellationToken.None);
await app.RunAsync();
